/**
 * From the first two messages to the keys of the handshake, as deployed ends compute them. Unlike the draft, there is
 * no length before what the prf takes.
 */
import { concat, copy } from './bytes.ts';
import { cookieLength, headerLength, x25519Length } from './message.ts';
import { hashLength, hashWithLength, type AeadKey, type Suite } from './suite.ts';

const keyLength = 32;
const ivLength = 12;

export type Direction = 'client' | 'server';

/** Hash of ClientInit and the clear part of ServerInitAndAttest before its cookie: 64 bytes. */
export function innerHash(suite: Suite, clientInit: Uint8Array, serverAttest: Uint8Array) {
  const beforeCookie = serverAttest.subarray(0, headerLength + x25519Length);
  return hashWithLength(suite, clientInit, beforeCookie);
}

/** The cookie of a ServerInitAndAttest, 130 bytes. */
export function cookieOf(serverAttest: Uint8Array): Uint8Array {
  const at = headerLength + x25519Length;
  return serverAttest.subarray(at, at + cookieLength);
}

/** HandshakeKeyHash: 64 bytes. */
export function handshakeKeyHash(suite: Suite, inner: Uint8Array, cookie: Uint8Array): Uint8Array {
  return hashWithLength(suite, inner, cookie);
}

/** handshake_secret: 64 bytes. `shared` is the result of X25519. */
export function handshakeSecret(suite: Suite, shared: Uint8Array): Uint8Array {
  return suite.prf(new Uint8Array(hashLength), shared, hashLength);
}

/** The keys of both directions. They are secrets: `erase` them when the handshake ends. */
export class HandshakeKeys {
  readonly #suite: Suite;
  readonly #keys: Readonly<Record<Direction, { key: Uint8Array; iv: Uint8Array }>>;

  constructor(suite: Suite, secret: Uint8Array, keyHash: Uint8Array) {
    this.#suite = suite;
    const derive = (direction: Direction, what: string, length: number): Uint8Array => {
      const label = new TextEncoder().encode(`XTT handshake ${direction} ${what}`);
      return suite.prf(secret, concat(keyHash, label), length);
    };
    const keysOf = (direction: Direction) => ({
      key: derive(direction, 'key', keyLength),
      iv: derive(direction, 'iv', ivLength),
    });
    this.#keys = { client: keysOf('client'), server: keysOf('server') };
  }

  /** `sequence` counts the encrypted messages of the sender, from 0. */
  seal(sender: Direction, sequence: number, plaintext: Uint8Array, clear: Uint8Array): Uint8Array {
    return this.#suite.seal(this.aeadKey(sender, sequence), plaintext, clear);
  }

  /** Throws an XttError `decryption`. */
  open(sender: Direction, sequence: number, sealed: Uint8Array, clear: Uint8Array): Uint8Array {
    return this.#suite.open(this.aeadKey(sender, sequence), sealed, clear);
  }

  /** The nonce is the iv XOR the sequence as the last of its bytes. */
  aeadKey(sender: Direction, sequence: number): AeadKey {
    const { key, iv } = this.#keys[sender];
    const nonce = copy(iv);
    new DataView(nonce.buffer).setUint32(ivLength - 4, sequence);
    for (let at = ivLength - 4; at < ivLength; at++) nonce[at]! ^= iv[at]!;
    return { key, nonce };
  }

  /** Overwrites the keys. Copies that the JavaScript engine or the ciphers made are beyond reach. */
  erase(): void {
    for (const { key, iv } of Object.values(this.#keys)) {
      key.fill(0);
      iv.fill(0);
    }
  }
}

/** The keys of both ends, from what both have. `shared` is the result of X25519, and overwritten. */
export function deriveKeys(
  suite: Suite,
  shared: Uint8Array,
  clientInit: Uint8Array,
  serverAttest: Uint8Array,
): HandshakeKeys {
  const secret = handshakeSecret(suite, shared);
  shared.fill(0);
  const inner = innerHash(suite, clientInit, serverAttest);
  const keys = new HandshakeKeys(
    suite,
    secret,
    handshakeKeyHash(suite, inner, cookieOf(serverAttest)),
  );
  secret.fill(0);
  return keys;
}
