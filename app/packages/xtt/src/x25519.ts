/** X25519 (RFC 7748) on raw keys of 32 bytes, by the library of Node.js, whose time does not depend on the secret. */
import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto';
import { asBuffer, concat, isZero } from './bytes.ts';
import { XttError } from './errors.ts';
import { x25519Length } from './message.ts';
import type { RandomBytes } from './points.ts';

/** What stands before the raw key in PKCS#8 and in a SubjectPublicKeyInfo (RFC 8410, sections 4 and 7). */
const privatePrefix = Uint8Array.from(Buffer.from('302e020100300506032b656e04220420', 'hex'));
const publicPrefix = Uint8Array.from(Buffer.from('302a300506032b656e032100', 'hex'));

export interface X25519Key {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The shared secret, 32 bytes. Throws an XttError `key-agreement` for a peer's key that would make it zero. */
  agree(peer: Uint8Array): Uint8Array;
}

/** A new key. The bytes that `random` returned for it are overwritten. */
export function createX25519Key(random: RandomBytes): X25519Key {
  const secret = random(x25519Length);
  try {
    return x25519Key(secret);
  } finally {
    secret.fill(0);
  }
}

/** `secret` has 32 random bytes. */
export function x25519Key(secret: Uint8Array): X25519Key {
  const encoded = concat(privatePrefix, secret);
  const privateKey = createPrivateKey({ key: asBuffer(encoded), format: 'der', type: 'pkcs8' });
  encoded.fill(0);
  const exported = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return {
    publicKey: Uint8Array.from(exported.subarray(publicPrefix.length)),
    agree: (peer) => agree(privateKey, peer),
  };
}

function agree(privateKey: KeyObject, peer: Uint8Array): Uint8Array {
  const key = asBuffer(concat(publicPrefix, peer));
  const publicKey = createPublicKey({ key, format: 'der', type: 'spki' });
  let shared: Uint8Array | undefined;
  try {
    const result = diffieHellman({ privateKey, publicKey });
    // Not a copy, so that it is erased with `shared`.
    shared = new Uint8Array(result.buffer, result.byteOffset, result.length);
  } catch {
    // OpenSSL refuses a result of zero; other libraries return it.
  }
  if (shared === undefined || isZero(shared)) {
    throw new XttError('key-agreement', 'the X25519 key of the peer is of low order');
  }
  return shared;
}
