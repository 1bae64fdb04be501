/**
 * Points and scalars as bytes, as the deployed group files and signatures have them: X9.62 uncompressed, 04 || x || y,
 * with the real part first in G2. What is read is a point of the prime-order group and never infinity.
 */
import type { AffinePoint } from '@noble/curves/abstract/curve.js';
import type { WeierstrassPoint, WeierstrassPointCons } from '@noble/curves/abstract/weierstrass.js';
import { toInteger, fromInteger, concat } from './bytes.ts';
import { parseLength, XttParseError } from './errors.ts';
import { fieldPrime, g1, g2, groupOrder, type G1, type G2 } from './fp256bn.ts';

/** Bytes of a scalar, and of a coordinate in Fp. */
export const scalarLength = 32;
export const g1Length = 1 + 2 * scalarLength;
export const g2Length = 1 + 4 * scalarLength;

/**
 * Source of random bytes, such as `randomBytes` of node:crypto. Its output decides about every secret. It returns
 * memory of its own each time: what a secret is made of is overwritten after that.
 */
export type RandomBytes = (length: number) => Uint8Array;

const prefix = 0x04;

/** Throws an XttParseError. `what` names the point in it. */
export function parseG1(what: string, bytes: Uint8Array): G1 {
  const [x, y] = coordinates(what, bytes, g1Length) as [bigint, bigint];
  return g1Point(what, x, y);
}

/** The point (x, y). Throws an XttParseError, also for coordinates outside of the field. */
export function g1Point(what: string, x: bigint, y: bigint): G1 {
  return validPoint(g1, { x, y }, what, 'is not a point of FP256BN');
}

/** Throws an XttParseError. The check of the order costs a scalar multiplication, about 10 ms. */
export function parseG2(what: string, bytes: Uint8Array): G2 {
  const [xr, xi, yr, yi] = coordinates(what, bytes, g2Length) as [bigint, bigint, bigint, bigint];
  const affine = { x: { c0: xr, c1: xi }, y: { c0: yr, c1: yi } };
  return validPoint(g2, affine, what, 'is not a point of the group G2 of FP256BN');
}

/**
 * The point of `curve`, other than infinity and of order n. Making it is part of the check: the library throws for y =
 * 0, which no point of an odd order has, before it looks at the curve.
 */
function validPoint<F>(
  curve: WeierstrassPointCons<F>,
  affine: AffinePoint<F>,
  what: string,
  problem: string,
): WeierstrassPoint<F> {
  try {
    const point = curve.fromAffine(affine);
    point.assertValidity();
    return point;
  } catch (cause) {
    throw new XttParseError(what, 1, problem, { cause });
  }
}

function coordinates(what: string, bytes: Uint8Array, length: number): bigint[] {
  parseLength(what, bytes, length);
  if (bytes[0] !== prefix) {
    throw new XttParseError(what, 0, 'is not an uncompressed point, which begins with 04');
  }
  const values: bigint[] = [];
  for (let at = 1; at < length; at += scalarLength) {
    const value = toInteger(bytes.subarray(at, at + scalarLength));
    if (value >= fieldPrime) throw new XttParseError(what, at, 'the coordinate exceeds the field');
    values.push(value);
  }
  // Infinity has no such form; (0, 0) would stand for it.
  if (values.every((value) => value === 0n)) throw new XttParseError(what, 1, 'is infinity');
  return values;
}

/** `point` is not infinity. */
export function g1Bytes(point: G1): Uint8Array {
  const { x, y } = point.toAffine();
  return concat(Uint8Array.of(prefix), fromInteger(x), fromInteger(y));
}

/** `point` is not infinity. */
export function g2Bytes(point: G2): Uint8Array {
  const { x, y } = point.toAffine();
  return concat(Uint8Array.of(prefix), ...[x.c0, x.c1, y.c0, y.c1].map(fromInteger));
}

/** Reads a scalar that is 1..n-1. Throws an XttParseError. */
export function parseScalar(what: string, bytes: Uint8Array): bigint {
  parseLength(what, bytes, scalarLength);
  const value = toInteger(bytes);
  if (value === 0n || value >= groupOrder) {
    throw new XttParseError(what, 0, 'is not a scalar from 1 to the order of the group');
  }
  return value;
}

/** Attempts of `randomScalar`; each fails with a probability below 2⁻⁴⁶, unless the source of randomness is broken. */
const maxAttempts = 8;

/** A uniform secret scalar, 1..n-1: rejection sampling, so that no value is more likely than another. */
export function randomScalar(random: RandomBytes): bigint {
  for (let attempt = 1; ; attempt++) {
    const bytes = random(scalarLength);
    try {
      return parseScalar('random scalar', bytes);
    } catch (error) {
      if (attempt === maxAttempts) throw error;
    } finally {
      bytes.fill(0);
    }
  }
}
