/**
 * Groups of members: the issuer's public key and a basename. Members of one group cannot be distinguished, except that
 * each has one pseudonym per basename. Layouts as in deployed group files.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { concat, copy } from './bytes.ts';
import { parseLength, requireLength } from './errors.ts';
import { g2, type G2 } from './fp256bn.ts';
import { hashToCurve } from './hash-to-curve.ts';
import { g2Bytes, g2Length, parseG2, parseScalar, scalarLength } from './points.ts';
import { randomScalar, type RandomBytes } from './points.ts';

/** X || Y, points of G2. */
export const groupPublicKeyLength = 2 * g2Length;
/** x || y, scalars. */
export const issuerSecretLength = 2 * scalarLength;
export const groupIdLength = 32;

export interface DaaGroup {
  /** SHA-256(public key || basename), 32 bytes: what a client names its group with. */
  readonly id: Uint8Array;
  /** 258 bytes. */
  readonly publicKey: Uint8Array;
  /** 1..64 bytes. */
  readonly basename: Uint8Array;
  readonly x: G2;
  readonly y: G2;
}

/**
 * Reads a group of a file (`publicKey`, 258 bytes) and its basename. It checks the points, which costs about 25 ms:
 * keep the result. Throws an XttParseError for the key, an XttError `usage` for the basename.
 */
export function readGroup(publicKey: Uint8Array, basename: Uint8Array): DaaGroup {
  parseLength('group public key', publicKey, groupPublicKeyLength);
  hashToCurve(basename);
  return {
    id: groupId(publicKey, basename),
    publicKey: copy(publicKey),
    basename: copy(basename),
    x: parseG2('X of the group public key', publicKey.subarray(0, g2Length)),
    y: parseG2('Y of the group public key', publicKey.subarray(g2Length)),
  };
}

/**
 * The id of a group, for a client that has no other use of the public key. `publicKey` is not checked but for its size.
 */
export function groupId(publicKey: Uint8Array, basename: Uint8Array): Uint8Array {
  requireLength('the group public key', publicKey, groupPublicKeyLength);
  return sha256(concat(publicKey, basename));
}

/** The secret of a group: its owner can make members. */
export interface DaaIssuer {
  readonly x: bigint;
  readonly y: bigint;
  /** 258 bytes. */
  readonly publicKey: Uint8Array;
}

/** Makes a group of its own, for tests and development servers. */
export function createIssuer(random: RandomBytes): DaaIssuer {
  return issuerOf(randomScalar(random), randomScalar(random));
}

/** Reads the 64 bytes of an issuer's secret. Throws an XttParseError. */
export function readIssuer(secret: Uint8Array): DaaIssuer {
  parseLength('issuer secret', secret, issuerSecretLength);
  return issuerOf(
    parseScalar('x of the issuer secret', secret.subarray(0, scalarLength)),
    parseScalar('y of the issuer secret', secret.subarray(scalarLength)),
  );
}

function issuerOf(x: bigint, y: bigint): DaaIssuer {
  const publicKey = concat(g2Bytes(g2.BASE.multiply(x)), g2Bytes(g2.BASE.multiply(y)));
  return { x, y, publicKey };
}
