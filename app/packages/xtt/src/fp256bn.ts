/**
 * The pairing curve FP256BN: a Barreto-Naehrig curve over a prime of 256 bits, defined on top of the abstract parts of
 * @noble/curves. Parameters: ISO/IEC 15946-5 (BN with u = -0x6882F5C030B0A801), TCG Algorithm Registry
 * "TPM_ECC_BN_P256", and the generator of G2 that deployed groups use, which is the negative of the one in the FIDO
 * ECDAA document.
 */
import { blsBasic } from '@noble/curves/abstract/bls.js';
import type { BlsPostPrecomputeFn } from '@noble/curves/abstract/bls.js';
import { Field } from '@noble/curves/abstract/modular.js';
import { psiFrobenius, tower12, type Fp12, type Fp2 } from '@noble/curves/abstract/tower.js';
import { weierstrass, type WeierstrassPoint } from '@noble/curves/abstract/weierstrass.js';
import { finalExponentiation } from './final-exponentiation.ts';

/** A point of E(Fp): y² = x³ + 3. Cofactor 1: every point other than infinity has the order `groupOrder`. */
export type G1 = WeierstrassPoint<bigint>;
/** A point of the twist E'(Fp2): y² = x³ + 3 + 3i, i² = -1. */
export type G2 = WeierstrassPoint<Fp2>;

/** |u|; u itself is negative. p and n are polynomials in u. */
const seed = 0x6882f5c030b0a801n;

/** The prime of the field: 36u⁴ + 36u³ + 24u² + 6u + 1. */
export const fieldPrime = 0xfffffffffffcf0cd46e5f25eee71a49f0cdc65fb12980a82d3292ddbaed33013n;
/** The prime order of G1, G2 and of the values of the pairing: 36u⁴ + 36u³ + 18u² + 6u + 1. */
export const groupOrder = 0xfffffffffffcf0cd46e5f25eee71a49e0cdc65fb1299921af62d536cd10b500dn;

const tower = tower12({
  ORDER: fieldPrime,
  X_LEN: seed.toString(2).length,
  // xi = 1 + i
  FP2_NONRESIDUE: [1n, 1n],
  Fp2mulByB: (value: Fp2): Fp2 => Fp2.mul(value, twistB),
  Fp12finalExponentiate: (value: Fp12): Fp12 => finalExponentiation(tower.Fp12, value, seed),
});
const { Fp, Fp2 } = tower;
const twistB = Fp2.fromBigTuple([3n, 3n]);
const scalars = Field(groupOrder);

/** E(Fp). `BASE` is P1 = (1, 2). */
export const g1 = weierstrass(
  { p: fieldPrime, n: groupOrder, h: 1n, a: 0n, b: 3n, Gx: 1n, Gy: 2n },
  { Fp, Fn: scalars },
);

/** E'(Fp2). `BASE` is P2. `isTorsionFree()` says whether a point lies in G2. */
export const g2 = weierstrass(
  {
    p: Fp2.ORDER,
    n: groupOrder,
    // The order of E' is n (2p - n).
    h: 2n * fieldPrime - groupOrder,
    a: Fp2.ZERO,
    b: twistB,
    Gx: Fp2.fromBigTuple([
      0xfe0c3350b4c96c2028560f577c28913ace1c539a12bf843cd22616b689c09efbn,
      0x4ea66057738ac054db5ae1c637d813b924dd78e287d03589d269ed34a37e6a2bn,
    ]),
    Gy: Fp2.fromBigTuple([
      0x702046e7c542a3b376770d75124e3e51efcb24758d615848e909b481bedc27ffn,
      0x0554e3bcd388c29042eea649297eb29f8b4cbe80821a98b3e01281114aad049bn,
    ]),
  },
  { Fp: Fp2, Fn: scalars },
);

const twist = psiFrobenius(Fp, Fp2, Fp2.div(Fp2.ONE, Fp2.NONRESIDUE));

/**
 * The two last lines of the optimal ate pairing (Vercauteren 2010), through π(Q) and -π²(Q). They are added before the
 * Miller value is conjugated for the negative u, which mirrors every point: so the signs are the opposite ones here.
 */
const lastLines: BlsPostPrecomputeFn = (x, y, z, qx, qy, addPoint) => {
  const [frobeniusX, frobeniusY] = twist.psi(qx, qy);
  const { Rx, Ry, Rz } = addPoint(x, y, z, frobeniusX, Fp2.neg(frobeniusY));
  const [squareX, squareY] = twist.psi(frobeniusX, frobeniusY);
  addPoint(Rx, Ry, Rz, squareX, squareY);
};

const curves = blsBasic({ ...tower, Fr: scalars }, g1, g2, {
  // |6u + 2|, which is negative.
  ateLoopSize: 6n * seed - 2n,
  xNegative: true,
  twistType: 'multiplicative',
  postPrecompute: lastLines,
});

/**
 * e(P, Q), the optimal ate pairing; P and Q must not be infinity. For tests: `isPairingProductOne` is what verifies.
 */
export function pairing(p: G1, q: G2): Fp12 {
  return curves.pairing(p, q);
}

/** The field that values of the pairing are in. */
export const targetField: typeof tower.Fp12 = tower.Fp12;

/** The field of x and y of G1. */
export const baseField: typeof Fp = Fp;

/**
 * Whether the product of e(P, Q) over `pairs` is 1, which proves equality of two pairings: e(A, B) = e(C, D) if and
 * only if e(A, B) e(-C, D) = 1. A pair with infinity in it contributes 1.
 */
export function isPairingProductOne(pairs: readonly (readonly [G1, G2])[]): boolean {
  const terms = pairs.filter(([p, q]) => !p.is0() && !q.is0()).map(([p, q]) => ({ g1: p, g2: q }));
  return tower.Fp12.eql(curves.pairingBatch(terms), tower.Fp12.ONE);
}
