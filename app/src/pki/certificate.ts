/**
 * Builds and signs X.509 v3 certificates (RFC 5280) with EC P-256 keys. The structure comes from node-forge's
 * ASN.1 writer, keys and signatures from node:crypto (node-forge knows no elliptic curves).
 * Leaves out: other algorithms, revocation, certificate requests.
 */
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import forge from 'node-forge';
import { ParseError } from '../core/errors.ts';
import { encodeExtensions } from './extensions.ts';
import type { CertificateRole } from './extensions.ts';
import type { AlternativeName } from './alternative-name.ts';
import { encodeValidity } from './validity.ts';
import type { Validity } from './validity.ts';

const { asn1 } = forge;
type Node = forge.asn1.Asn1;

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export interface CertificateOptions {
  readonly role: CertificateRole;
  readonly subject: string;
  readonly subjectKey: KeyObject;
  /** Common name and public key of the signer; the subject's own when self-signed. */
  readonly issuer: string;
  readonly issuerKey: KeyObject;
  readonly signingKey: KeyObject;
  readonly names?: readonly AlternativeName[];
  readonly validity?: Validity | undefined;
}

const maximumCommonName = 64;
const oid = { commonName: '2.5.4.3', ecdsaWithSha256: '1.2.840.10045.4.3.2' };

export function generateKey(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
}

/** PKCS#8 PEM, unencrypted. */
export function keyToPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** The signed certificate as PEM. */
export function signCertificate(options: CertificateOptions): string {
  const tbs = sequence([
    asn1.create(asn1.Class.CONTEXT_SPECIFIC, 0, true, [integer(Buffer.of(2))]),
    integer(randomSerial()),
    algorithm(),
    commonName(options.issuer),
    encodeValidity(options.validity ?? {}),
    commonName(options.subject),
    publicKeyInfo(options.subjectKey),
    encodeExtensions({
      role: options.role,
      subjectKeyId: keyId(options.subjectKey),
      authorityKeyId: keyId(options.issuerKey),
      names: options.names ?? [],
    }),
  ]);
  const signature = sign('sha256', toDer(tbs), options.signingKey);
  const whole = sequence([tbs, algorithm(), bitString(signature)]);
  return forge.pem
    .encode({ type: 'CERTIFICATE', body: toDer(whole).toString('latin1') }, {})
    .replace(/\r\n/g, '\n');
}

/** Positive and of a fixed length: the first byte is 0x40..0x7f (RFC 5280 section 4.1.2.2). */
function randomSerial(): Buffer {
  const serial = randomBytes(16);
  serial[0] = (serial.readUInt8(0) & 0x3f) | 0x40;
  return serial;
}

/** SHA-1 of the bare public point, method 1 of RFC 5280 section 4.2.1.2: an identifier, not a signature. */
function keyId(key: KeyObject): Buffer {
  const info = key.export({ type: 'spki', format: 'der' });
  return createHash('sha1').update(info.subarray(-65)).digest();
}

function publicKeyInfo(key: KeyObject): Node {
  return asn1.fromDer(key.export({ type: 'spki', format: 'der' }).toString('latin1'));
}

function commonName(text: string): Node {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length === 0 || text.length > maximumCommonName) {
    throw new ParseError(
      'common name',
      Math.min(text.length, maximumCommonName),
      `expected 1 to ${maximumCommonName} characters, found ${text.length}`,
    );
  }
  const value = asn1.create(asn1.Class.UNIVERSAL, asn1.Type.UTF8, false, bytes.toString('latin1'));
  const attribute = sequence([objectId(oid.commonName), value]);
  return sequence([asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SET, true, [attribute])]);
}

function algorithm(): Node {
  return sequence([objectId(oid.ecdsaWithSha256)]);
}

function sequence(parts: Node[]): Node {
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, parts);
}

function integer(bytes: Buffer): Node {
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.INTEGER, false, bytes.toString('latin1'));
}

function bitString(bytes: Buffer): Node {
  const value = '\0' + bytes.toString('latin1');
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.BITSTRING, false, value);
}

function objectId(dotted: string): Node {
  const value = asn1.oidToDer(dotted).getBytes();
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.OID, false, value);
}

function toDer(node: Node): Buffer {
  return Buffer.from(asn1.toDer(node).getBytes(), 'latin1');
}
