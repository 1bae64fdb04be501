/** A certificate for people: who, which tunnel address, how long, which key. */
import { createHash, X509Certificate } from 'node:crypto';
import { ConfigError } from '../../core/errors.ts';
import { readCertificateFields } from '../../identity/certificate-fields.ts';
import { addressOfName } from '../../identity/certificate-name.ts';

export interface CertificateDescription {
  readonly subject: string;
  readonly issuer: string;
  readonly selfSigned: boolean;
  readonly authority: boolean;
  /** The tunnel address that the common name stands for; absent when it stands for none. */
  readonly address: string | undefined;
  readonly alternativeNames: readonly string[];
  /** ISO 8601, years 0000 to 9999. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** SHA-256 of the SubjectPublicKeyInfo, base64: a value for `remote.server_pins`. */
  readonly pin: string;
}

const pemBlock = /-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g;

/** Every certificate in a PEM or DER file; `file` names it in errors. */
export function describeCertificates(content: Buffer, file: string): CertificateDescription[] {
  const blocks = [...content.toString('latin1').matchAll(pemBlock)];
  const certificates = blocks.filter(([, label]) => label?.endsWith('CERTIFICATE'));
  if (blocks.length > 0 && certificates.length === 0) {
    throw new ConfigError('no certificate in this file', {
      file,
      expected: 'CERTIFICATE',
      found: [...new Set(blocks.map(([, label]) => label))].join(', '),
    });
  }
  const encodings = blocks.length === 0 ? [content] : certificates.map(([text]) => text);
  return encodings.map((encoding) => describe(encoding, file));
}

function describe(encoding: Buffer | string, file: string): CertificateDescription {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(encoding);
  } catch (cause) {
    throw new ConfigError('not a certificate', { file, expected: 'X.509 as PEM or DER', cause });
  }
  const fields = readCertificateFields(certificate.raw);
  const name = addressOfName(fields.commonName);
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    // Not checkIssued(): it says no to those that may sign nothing but themselves.
    selfSigned:
      certificate.issuer === certificate.subject && certificate.verify(certificate.publicKey),
    authority: certificate.ca,
    address: name.ok ? name.text : undefined,
    alternativeNames: certificate.subjectAltName?.split(', ') ?? [],
    notBefore: isoSeconds(fields.notBefore),
    notAfter: isoSeconds(fields.notAfter),
    pin: publicKeyPin(certificate),
  };
}

export function publicKeyPin(certificate: X509Certificate): string {
  const info = certificate.publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(info).digest('base64');
}

export function formatDescription(description: CertificateDescription): string {
  const { notBefore, notAfter } = description;
  const rows = [
    ['subject', description.subject],
    ['address', description.address ?? 'none (the common name is not a tunnel address)'],
    ['issuer', description.selfSigned ? 'itself' : description.issuer],
    ['kind', description.authority ? 'authority' : 'end of chain'],
    ['names', description.alternativeNames.join(', ') || 'none'],
    ['valid', `${notBefore} to ${notAfter}`],
    ['pin', description.pin],
  ];
  return rows.map(([label, value]) => `${label?.padEnd(8)} ${value}\n`).join('');
}

/** Node separates the parts of a name by newlines. */
function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ');
}

function isoSeconds(date: Date): string {
  return date.toISOString().replace('.000', '');
}
