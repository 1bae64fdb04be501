/** The bytes of a DAA signature with pseudonym, and the hash that its proof is about. */
import { concat, copy } from './bytes.ts';
import { parseLength } from './errors.ts';
import type { G1 } from './fp256bn.ts';
import { hashToScalar } from './hash-to-curve.ts';
import { g1Length, parseG1, parseScalar, scalarLength } from './points.ts';

/** c, s, R, S, T, W, n, K. */
export const daaSignatureLength = 3 * scalarLength + 5 * g1Length;
export const nonceLength = 32;

export interface DaaSignature {
  /** The challenge, 1..n-1. */
  readonly challenge: bigint;
  /** The response s, 1..n-1. */
  readonly response: bigint;
  /** The randomized credential. */
  readonly r: G1;
  readonly s: G1;
  readonly t: G1;
  readonly w: G1;
  /** 32 bytes, chosen by the signer of the proof. */
  readonly nonce: Uint8Array;
  /** K: the same for each signature of one member with one basename. */
  readonly pseudonym: G1;
}

const offsets = { c: 0, s: 32, r: 64, S: 129, t: 194, w: 259, n: 324, k: 356 } as const;

/** Reads 421 bytes. Throws an XttParseError. */
export function readDaaSignature(bytes: Uint8Array): DaaSignature {
  parseLength('DAA signature', bytes, daaSignatureLength);
  const scalar = (name: string, at: number): bigint =>
    parseScalar(`${name} of the DAA signature`, bytes.subarray(at, at + scalarLength));
  const point = (name: string, at: number): G1 =>
    parseG1(`${name} of the DAA signature`, bytes.subarray(at, at + g1Length));
  return {
    challenge: scalar('c', offsets.c),
    response: scalar('s', offsets.s),
    r: point('R', offsets.r),
    s: point('S', offsets.S),
    t: point('T', offsets.t),
    w: point('W', offsets.w),
    nonce: copy(bytes, offsets.n, offsets.k),
    pseudonym: point('K', offsets.k),
  };
}

/** The points of the proof, 65 bytes each. */
export interface ProofPoints {
  /** E, the commitment to k over S. */
  readonly baseCommitment: Uint8Array;
  readonly s: Uint8Array;
  readonly w: Uint8Array;
  /** L, the commitment to k over J. */
  readonly basenameCommitment: Uint8Array;
  readonly basenamePoint: Uint8Array;
  readonly pseudonym: Uint8Array;
}

/** c', which the member's key signs: SHA-256(E || S || W || L || J || K || basename || message) modulo n. */
export function proofDigest(
  points: ProofPoints,
  basename: Uint8Array,
  message: Uint8Array,
): bigint {
  return hashToScalar(
    concat(points.baseCommitment, points.s, points.w),
    concat(points.basenameCommitment, points.basenamePoint, points.pseudonym),
    basename,
    message,
  );
}
