/**
 * The four cipher suites. Each is X25519, LRSW-ECDAA and ECDSA P-256 with an AEAD and a hash; keys have 32 bytes,
 * nonces 12 and tags 16 in both AEADs. Ids as deployed (xtt 0.12.0); draft-xaptum-xtt also lists Ed25519 suites, which
 * have no use.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto';
import { blake2b } from '@noble/hashes/blake2.js';
import { concat, copy, uint16 } from './bytes.ts';
import { XttError } from './errors.ts';

/**
 * What the longterm and the DAA signature cover.
 *
 * `deployed`: what servers and cards in the field compute. The draft wants both signatures to cover the whole handshake
 * up to themselves. The C implementation takes wrong lengths: of the cookie only the first byte is hashed, and of the
 * client's message only 16 bytes (longterm) or 80 bytes (DAA), which are header and cookie. So neither signature covers
 * the longterm key, the group id or the requested id; the DAA signature does not cover the longterm signature. These
 * are bound to the handshake only by the AEAD of a channel whose server is authenticated. A changed definition would be
 * refused by every server in the field, so this one is the default.
 *
 * `full`: what the draft means. Use it where both ends are of this package. It has suite ids of its own (`0xff00` +
 * id), so that an end of the other kind answers with the error `suite`, and not with a wrong signature.
 */
export type SignatureCoverage = 'deployed' | 'full';

export type SuiteName =
  'chacha20poly1305-sha512' | 'chacha20poly1305-blake2b' | 'aes256gcm-sha512' | 'aes256gcm-blake2b';

export interface Suite {
  readonly name: SuiteName;
  /** As in the messages, 2 bytes. */
  readonly id: number;
  readonly coverage: SignatureCoverage;
  /** 64 bytes. */
  hash(message: Uint8Array): Uint8Array;
  /** `length` bytes, at most 64, that depend on the key (64 bytes) and the message. */
  prf(key: Uint8Array, message: Uint8Array, length: number): Uint8Array;
  /** The ciphertext and its tag. */
  seal(key: AeadKey, plaintext: Uint8Array, additional: Uint8Array): Uint8Array;
  /** Throws an XttError `decryption`. */
  open(key: AeadKey, sealed: Uint8Array, additional: Uint8Array): Uint8Array;
}

export interface AeadKey {
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** 12 bytes; never used twice with one key. */
  readonly nonce: Uint8Array;
}

export const tagLength = 16;
export const hashLength = 64;

type Cipher = 'chacha20-poly1305' | 'aes-256-gcm';
const options = { authTagLength: tagLength };

function seal(cipher: Cipher, { key, nonce }: AeadKey, plaintext: Uint8Array, aad: Uint8Array) {
  // The types of both ciphers are the same; only one overload takes the tag's length.
  const sealing = createCipheriv(cipher as 'chacha20-poly1305', key, nonce, options);
  sealing.setAAD(aad, { plaintextLength: plaintext.length });
  return concat(sealing.update(plaintext), sealing.final(), sealing.getAuthTag());
}

function open(cipher: Cipher, { key, nonce }: AeadKey, sealed: Uint8Array, aad: Uint8Array) {
  const end = sealed.length - tagLength;
  const opening = createDecipheriv(cipher as 'chacha20-poly1305', key, nonce, options);
  opening.setAAD(aad, { plaintextLength: end });
  opening.setAuthTag(sealed.subarray(end));
  try {
    return concat(opening.update(sealed.subarray(0, end)), opening.final());
  } catch {
    // The library's error has nothing to add.
    const reason = 'it was changed on its way, or the peer has other keys';
    throw new XttError('decryption', `the message does not decrypt: ${reason}`);
  }
}

/** The first bytes of `secret`, which is overwritten. */
function takeFirst(secret: Uint8Array, length: number): Uint8Array {
  const bytes = copy(secret, 0, length);
  secret.fill(0);
  return bytes;
}

const sha512 = {
  hash: (message: Uint8Array): Uint8Array => createHash('sha512').update(message).digest(),
  prf: (key: Uint8Array, message: Uint8Array, length: number): Uint8Array =>
    takeFirst(createHmac('sha512', key).update(message).digest(), length),
};

const blake2 = {
  hash: (message: Uint8Array): Uint8Array => blake2b(message),
  // The length is a parameter of BLAKE2b: a shorter output is not the beginning of a longer one.
  prf: (key: Uint8Array, message: Uint8Array, length: number): Uint8Array =>
    blake2b(message, { key, dkLen: length }),
};

const definitions: readonly [SuiteName, number, Cipher, typeof sha512][] = [
  ['chacha20poly1305-sha512', 1, 'chacha20-poly1305', sha512],
  ['chacha20poly1305-blake2b', 2, 'chacha20-poly1305', blake2],
  ['aes256gcm-sha512', 3, 'aes-256-gcm', sha512],
  ['aes256gcm-blake2b', 4, 'aes-256-gcm', blake2],
];

/** The suite ids 0xff00 and above are not assigned: those of `full` coverage are ours. */
const fullCoverageIds = 0xff00;

/** All suites; ids are unique. */
export const suites: readonly Suite[] = (['deployed', 'full'] as const).flatMap((coverage) =>
  definitions.map(([name, id, cipher, functions]) => ({
    name,
    id: coverage === 'deployed' ? id : fullCoverageIds + id,
    coverage,
    ...functions,
    seal: (key: AeadKey, plaintext: Uint8Array, aad: Uint8Array) =>
      seal(cipher, key, plaintext, aad),
    open: (key: AeadKey, sealed: Uint8Array, aad: Uint8Array) => open(cipher, key, sealed, aad),
  })),
);

/** The suite that cards offer, the only one of deployed clients. */
export const defaultSuite: SuiteName = 'chacha20poly1305-sha512';

export function suiteNamed(name: SuiteName, coverage: SignatureCoverage): Suite {
  return suites.find((suite) => suite.name === name && suite.coverage === coverage)!;
}

/** `hash_ext` of the draft: the hash of a message behind its length in 2 bytes. `message` is below 64 KiB. */
export function hashWithLength(suite: Suite, ...message: readonly Uint8Array[]): Uint8Array {
  const whole = concat(...message);
  return suite.hash(concat(uint16(whole.length), whole));
}
