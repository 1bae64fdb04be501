/**
 * ECDSA P-256 with SHA-256 by the library of Node.js. Signatures are r || s (64 bytes, FIPS 186-5 integers of 32
 * bytes), public keys X9.62 uncompressed points (65 bytes).
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { sign, verify, type KeyObject } from 'node:crypto';
import { asBuffer, concat } from './bytes.ts';
import { requireLength, XttError, XttParseError } from './errors.ts';
import { ecdsaSignatureLength, p256PublicLength } from './message.ts';
import { scalarLength } from './points.ts';

/** What stands before the point in the SubjectPublicKeyInfo of a P-256 key (RFC 5480). */
const publicPrefix = Uint8Array.from(
  Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex'),
);
/** An ECPrivateKey (RFC 5915) with the curve and without the public key, around the 32 bytes of the private one. */
const privateParts = ['30310201010420', 'a00a06082a8648ce3d030107'].map((part) =>
  Uint8Array.from(Buffer.from(part, 'hex')),
) as [Uint8Array, Uint8Array];

/** The first byte of an uncompressed point. */
const uncompressed = 0x04;

/** A key in this process. */
export interface EcdsaKey {
  /** 65 bytes. */
  readonly publicKey: Uint8Array;
  /** The signature of the SHA-256 of `message`, 64 bytes. */
  readonly sign: (message: Uint8Array) => Uint8Array;
}

/** A new key. */
export function createEcdsaKey(): EcdsaKey {
  return keyOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
}

/**
 * Reads a private key: 32 bytes, or the DER of an ECPrivateKey as deployed key files have it. Throws an XttParseError.
 */
export function readEcdsaKey(bytes: Uint8Array): EcdsaKey {
  const isRaw = bytes.length === scalarLength;
  const der = isRaw ? concat(privateParts[0], bytes, privateParts[1]) : bytes;
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: asBuffer(der), format: 'der', type: 'sec1' });
  } catch {
    // Without the cause: what the library says about a private key is not for others.
    throw new XttParseError('ECDSA key', 0, 'is not a private key of P-256');
  } finally {
    if (isRaw) der.fill(0);
  }
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new XttParseError('ECDSA key', 0, 'is not a key of P-256');
  }
  const read = keyOf(key);
  // OpenSSL reads keys without looking at their numbers: zero, or a public key of another private key.
  if (!isPair(read)) throw new XttParseError('ECDSA key', 0, 'is not a usable key of P-256');
  return read;
}

function isPair({ publicKey, sign }: EcdsaKey): boolean {
  if (publicKey.length !== p256PublicLength) return false;
  const message = new Uint8Array(0);
  return isEcdsaSignature(publicKey, message, sign(message));
}

function keyOf(key: KeyObject): EcdsaKey {
  const exported = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return {
    publicKey: Uint8Array.from(exported.subarray(publicPrefix.length)),
    sign: (message) => Uint8Array.from(sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' })),
  };
}

/**
 * Whether `signature` (64 bytes) is one of `message` by the key `publicKey` (65 bytes). A public key that is not an
 * uncompressed point of the curve has no signatures.
 */
export function isEcdsaSignature(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  requireLength('the signature', signature, ecdsaSignatureLength);
  requireLength('the public key', publicKey, p256PublicLength);
  const key = publicKeyObject(publicKey);
  if (key === undefined) return false;
  return verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature);
}

/** Whether `bytes` are a point of P-256 in the one form that is used here, 65 bytes that begin with 04. */
export function isEcdsaPublicKey(bytes: Uint8Array): boolean {
  return bytes.length === p256PublicLength && publicKeyObject(bytes) !== undefined;
}

/** Refuses a public key that no signature can be of: a mistake of the caller, never of a peer. */
export function requireEcdsaPublicKey(what: string, bytes: Uint8Array): void {
  requireLength(what, bytes, p256PublicLength);
  if (isEcdsaPublicKey(bytes)) return;
  throw new XttError('usage', `${what} is not an uncompressed point of P-256`);
}

/** OpenSSL also reads the hybrid form, 06 or 07, which would give a key two forms of 65 bytes. */
function publicKeyObject(bytes: Uint8Array): KeyObject | undefined {
  if (bytes[0] !== uncompressed) return undefined;
  try {
    const key = asBuffer(concat(publicPrefix, bytes));
    return createPublicKey({ key, format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}
