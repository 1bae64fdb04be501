/**
 * Builds and signs X.509 certificates (RFC 5280) with ECDSA on P-256. Without extensions they are of version 1, as the
 * ENF's own tool makes them.
 * Leaves out: other algorithms, revocation, certificate requests.
 */
import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { ParseError } from '../core/errors.ts';
import * as der from '../wire/der-writer.ts';
import { encodeValidity, type Validity } from './certificate-validity.ts';

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export interface CertificateParts {
  /** Encoded names: see `commonName`. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly subjectKey: KeyObject;
  readonly validity: Validity;
  /** The encoded field `extensions` with its tag; makes a certificate of version 3. */
  readonly extensions?: Uint8Array;
}

const maximumCommonName = 64;
const commonNameId = '2.5.4.3';
const ecdsaWithSha256 = '1.2.840.10045.4.3.2';
/** RFC 5280 section 4.1.2.2: at most 20. */
const serialBytes = 19;

export function generateKey(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
}

/** PKCS#8 PEM, unencrypted. */
export function keyToPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** The uncompressed point (X9.62) of a public key on P-256: 65 bytes, the first of which is 4. */
export function publicPoint(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' }).subarray(-65);
}

/** The signed certificate as PEM. */
export function signCertificate(parts: CertificateParts, signer: KeyObject): string {
  const { toBeSigned, signed } = prepareCertificate(parts);
  return signed(sign('sha256', toBeSigned, signer));
}

/** A certificate that lacks its signature. */
export interface PreparedCertificate {
  readonly toBeSigned: Uint8Array;
  /** The certificate as PEM. `signature`: ECDSA with SHA-256, DER. */
  readonly signed: (signature: Uint8Array) => string;
}

/** For a signer that takes its time, such as a TPM. */
export function prepareCertificate(parts: CertificateParts): PreparedCertificate {
  const versionThree = der.explicit(0, der.integer(Uint8Array.of(2)));
  const algorithm = der.sequence([der.objectId(ecdsaWithSha256)]);
  const toBeSigned = der.sequence([
    ...(parts.extensions === undefined ? [] : [versionThree]),
    der.integer(randomSerial()),
    algorithm,
    parts.issuer,
    encodeValidity(parts.validity),
    parts.subject,
    parts.subjectKey.export({ type: 'spki', format: 'der' }),
    ...(parts.extensions === undefined ? [] : [parts.extensions]),
  ]);
  const signed = (signature: Uint8Array): string =>
    pemOf(der.sequence([toBeSigned, algorithm, der.bitString(signature)]));
  return { toBeSigned, signed };
}

/** A name that consists of one common name. */
export function commonName(text: string): Uint8Array {
  const length = [...text].length;
  if (length === 0 || length > maximumCommonName) {
    const offset = Math.min(length, maximumCommonName);
    const problem = `expected 1 to ${maximumCommonName} characters, found ${length}`;
    throw new ParseError('common name', offset, problem);
  }
  const attribute = der.sequence([der.objectId(commonNameId), der.utf8String(text)]);
  return der.sequence([der.set([attribute])]);
}

/** Positive and of a fixed length: the first byte is 0x40..0x7f (RFC 5280 section 4.1.2.2). */
function randomSerial(): Uint8Array {
  const serial = randomBytes(serialBytes);
  serial[0] = (serial.readUInt8(0) & 0x3f) | 0x40;
  return serial;
}

/** RFC 7468: lines of 64 characters. */
function pemOf(certificate: Uint8Array): string {
  const lines =
    Buffer.from(certificate)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
