/**
 * The point J of G1 that a basename stands for: x = SHA-256(i || basename) for the first i that gives a point, as the
 * FIDO ECDAA algorithm, section 3.4, has it, with i as 4 bytes little-endian and x modulo the group's order, as
 * deployed members do. A TPM reduces modulo the field's prime; the results differ with a probability of 2⁻⁴⁶.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { concat, toInteger, uint32LittleEndian } from './bytes.ts';
import { XttError } from './errors.ts';
import { baseField, g1, groupOrder, type G1 } from './fp256bn.ts';

/** Longest basename that a TPM can commit to, with room to spare in its TPM2B_SENSITIVE_DATA. */
export const maxBasenameLength = 64;
/** Each attempt succeeds in one of two cases; the bound is that of deployed members. */
const maxAttempts = 232;

export interface BasenamePoint {
  readonly point: G1;
  /** i || basename: what TPM2_Commit takes as s2, and hashes to x. 4 bytes longer than the basename. */
  readonly preimage: Uint8Array;
}

/** Throws an XttError `usage` when the basename is empty or too long. */
export function hashToCurve(basename: Uint8Array): BasenamePoint {
  if (basename.length === 0 || basename.length > maxBasenameLength) {
    const found = `${basename.length} bytes; expected 1 to ${maxBasenameLength}`;
    throw new XttError('usage', `the basename has ${found}`);
  }
  for (let i = 0; i < maxAttempts; i++) {
    const preimage = concat(uint32LittleEndian(i), basename);
    const x = hashToScalar(preimage);
    const square = baseField.add(baseField.pow(x, 3n), 3n);
    const y = baseField.pow(square, (baseField.ORDER + 1n) / 4n);
    if (!baseField.eql(baseField.sqr(y), square)) continue;
    const point = g1.fromAffine({ x, y: y % 2n === 0n ? y : baseField.neg(y) });
    return { point, preimage };
  }
  throw new XttError('usage', 'the basename gives no point of the curve; choose another one');
}

/** SHA-256 modulo the group's order. */
export function hashToScalar(...parts: readonly Uint8Array[]): bigint {
  return toInteger(sha256(concat(...parts))) % groupOrder;
}
