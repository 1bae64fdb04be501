/**
 * Builds and signs X.509 v3 certificates (RFC 5280) with EC P-256 keys. node-forge has no elliptic curves:
 * keys and signatures come from node:crypto.
 * Leaves out: other algorithms, revocation, certificate requests.
 */
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import forge from 'node-forge';
import { ParseError } from '../../core/errors.ts';
import type { AlternativeName } from './alternative-name.ts';
import * as der from './der.ts';
import type { Node } from './der.ts';
import { encodeExtensions } from './extensions.ts';
import type { CertificateRole } from './extensions.ts';
import { encodeValidity } from './validity.ts';
import type { Validity } from './validity.ts';

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** Who signs: the name and key identifier exactly as its own certificate has them. */
export interface Issuer {
  readonly name: Node;
  readonly keyId: Uint8Array;
  readonly privateKey: KeyObject;
}

export interface CertificateOptions {
  readonly role: CertificateRole;
  readonly subject: Node;
  readonly subjectKey: KeyObject;
  readonly issuer: Issuer;
  readonly names?: readonly AlternativeName[];
  readonly validity?: Validity | undefined;
}

const maximumCommonName = 64;
const commonNameId = '2.5.4.3';
const ecdsaWithSha256 = '1.2.840.10045.4.3.2';

export function generateKey(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
}

/** PKCS#8 PEM, unencrypted. */
export function keyToPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** The signed certificate as PEM. */
export function signCertificate(options: CertificateOptions): string {
  const { issuer, subjectKey } = options;
  const versionThree = der.explicit(0, der.integer(Uint8Array.of(2)));
  const algorithm = der.sequence([der.objectId(ecdsaWithSha256)]);
  const toBeSigned = der.sequence([
    versionThree,
    der.integer(randomSerial()),
    algorithm,
    issuer.name,
    encodeValidity(options.validity ?? {}),
    options.subject,
    der.parseDer(subjectKey.export({ type: 'spki', format: 'der' })),
    encodeExtensions({
      role: options.role,
      subjectKeyId: keyIdentifier(subjectKey),
      authorityKeyId: issuer.keyId,
      names: options.names ?? [],
    }),
  ]);
  const signature = sign('sha256', der.encodeDer(toBeSigned), issuer.privateKey);
  const whole = der.sequence([toBeSigned, algorithm, der.bitString(signature)]);
  const body = der.encodeDer(whole).toString('latin1');
  return forge.pem.encode({ type: 'CERTIFICATE', body }).replaceAll('\r\n', '\n');
}

/** A name that consists of one common name. */
export function commonName(text: string): Node {
  const length = [...text].length;
  if (length === 0 || length > maximumCommonName) {
    const offset = Math.min(length, maximumCommonName);
    const problem = `expected 1 to ${maximumCommonName} characters, found ${length}`;
    throw new ParseError('common name', offset, problem);
  }
  const attribute = der.sequence([der.objectId(commonNameId), der.utf8String(text)]);
  return der.sequence([der.set([attribute])]);
}

/** SHA-1 of the bare public point, method 1 of RFC 5280 section 4.2.1.2: it identifies, it protects nothing. */
export function keyIdentifier(key: KeyObject): Uint8Array {
  const point = key.export({ type: 'spki', format: 'der' }).subarray(-65);
  return createHash('sha1').update(point).digest();
}

/** Positive and of a fixed length: the first byte is 0x40..0x7f (RFC 5280 section 4.1.2.2). */
function randomSerial(): Uint8Array {
  const serial = randomBytes(16);
  serial[0] = (serial.readUInt8(0) & 0x3f) | 0x40;
  return serial;
}
