/**
 * The own certificate and its private key as they lie in files: each on its own, then key against certificate, then the
 * address in the certificate.
 */
import { createPublicKey, X509Certificate, type KeyObject } from 'node:crypto';
import { ParseError } from '../core/errors.ts';
import { readCertificateFields, type CertificateFields } from './certificate-fields.ts';
import { addressOfName } from './certificate-name.ts';
import { readCredentialFile } from './credential-file.ts';
import { IdentityError } from './identity-error.ts';
import { unusableKind } from './key-kind.ts';
import { decodePrivateKey, isTpmKey } from './private-key.ts';
import { decodeTpmKeyFile, type TpmKeyFile } from './tpm/tpm-key-file.ts';

export const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** A key whose secret is in its file, or in a TPM. */
export type OwnKey =
  | { readonly kind: 'file'; readonly privateKey: KeyObject }
  | { readonly kind: 'tpm'; readonly file: TpmKeyFile };

export interface OwnPair {
  readonly certificate: X509Certificate;
  readonly key: OwnKey;
  readonly fields: CertificateFields;
  readonly address: Uint8Array;
  readonly addressText: string;
}

/** Throws IdentityError; EnvironmentError if the machine cannot read files now. */
export async function loadOwnPair(certFile: string, keyFile: string): Promise<OwnPair> {
  const certificate = await loadCertificate(certFile);
  const { key } = await loadKeyOf(certificate, certFile, keyFile);
  const fields = fieldsOf(certFile, certificate);
  const { address, text: addressText } = nameOf(certFile, fields);
  return { certificate, key, fields, address, addressText };
}

/** The key of this certificate, and of a kind that TLS takes. */
export async function loadKeyOf(
  certificate: X509Certificate,
  certFile: string,
  keyFile: string,
): Promise<{ key: OwnKey; mode: number }> {
  const { bytes, mode } = await readCredentialFile('key', keyFile);
  const key = decodeKey(keyFile, bytes);
  requirePair(certificate, certFile, key, keyFile);
  return { key, mode };
}

function decodeKey(keyFile: string, bytes: Buffer): OwnKey {
  if (!isTpmKey(bytes)) return { kind: 'file', privateKey: decodePrivateKey(keyFile, bytes) };
  return { kind: 'tpm', file: decodeTpmKeyFile(keyFile, bytes.toString('latin1')) };
}

/** The address that the certificate names. */
export function nameOf(
  certFile: string,
  { commonName }: CertificateFields,
): { address: Uint8Array; text: string } {
  const name = addressOfName(commonName);
  if (name.ok) return name;
  throw new IdentityError(
    `${certFile}: the commonName ${name.problem}; use a certificate issued for this network`,
    { step: 'name', file: certFile },
  );
}

/** The key is that of the certificate, and of a kind that TLS takes. */
function requirePair(
  certificate: X509Certificate,
  certFile: string,
  key: OwnKey,
  keyFile: string,
): void {
  if (!isPair(certificate, key)) {
    throw new IdentityError(
      `${keyFile}: is not the key of the certificate ${certFile}; put both files of one issue there`,
      { step: 'pair', file: keyFile },
    );
  }
  const kind = unusableKind(publicKeyOf(key));
  if (kind === undefined) return;
  throw new IdentityError(
    `${keyFile}: is ${kind}, which no TLS 1.3 server accepts; have a certificate issued for a P-256 key`,
    { step: 'key', file: keyFile },
  );
}

function isPair(certificate: X509Certificate, key: OwnKey): boolean {
  if (key.kind === 'file') return certificate.checkPrivateKey(key.privateKey);
  return certificate.publicKey.equals(key.file.publicKey);
}

/** The public half. */
export function publicKeyOf(key: OwnKey): KeyObject {
  return key.kind === 'file' ? createPublicKey(key.privateKey) : key.file.publicKey;
}

/** PEM, else DER. Of several certificates the first is ours: the ENF takes no chain. */
export async function loadCertificate(file: string): Promise<X509Certificate> {
  const { bytes } = await readCredentialFile('certificate', file);
  const [pem] = bytes.toString('latin1').match(certificateBlock) ?? [];
  try {
    return new X509Certificate(pem ?? bytes);
  } catch (error) {
    throw unusableCertificate(file, 'is not a certificate, neither PEM nor DER', error);
  }
}

export function fieldsOf(file: string, certificate: X509Certificate): CertificateFields {
  try {
    return readCertificateFields(certificate.raw);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw unusableCertificate(file, `cannot be read (${error.message})`, error);
  }
}

function unusableCertificate(file: string, problem: string, cause: unknown): IdentityError {
  return new IdentityError(`${file}: ${problem}; provision the device again`, {
    step: 'certificate',
    file,
    cause,
  });
}
