/**
 * The last step of a pairing on a Barreto-Naehrig curve with negative u: f^((p¹² - 1) / n). The hard part is the
 * vectorial addition chain of Scott, Benger, Charlemagne, Dominguez Perez and Kachisa, "On the Final Exponentiation for
 * Calculating Pairings on Ordinary Elliptic Curves" (2009), section 5.
 */
import type { Fp12, Fp12Bls } from '@noble/curves/abstract/tower.js';

/** `value` is the Miller value, not 0; `seed` is |u|. */
export function finalExponentiation(field: Fp12Bls, value: Fp12, seed: bigint): Fp12 {
  const multiply = (...factors: Fp12[]): Fp12 =>
    factors.reduce((product, factor) => field.mul(product, factor));
  const frobenius = (of: Fp12, power: number): Fp12 => field.frobeniusMap(of, power);

  // The easy part, (p⁶ - 1)(p² + 1). From here on the conjugate is the inverse, and squaring is cheap.
  const unitary = field.mul(field.conjugate(value), field.inv(value));
  const f = field.mul(frobenius(unitary, 2), unitary);
  const inverse = (of: Fp12): Fp12 => field.conjugate(of);
  const square = (of: Fp12): Fp12 => field._cyclotomicSquare(of);
  const toU = (of: Fp12): Fp12 => inverse(field._cyclotomicExp(of, seed));

  const fu = toU(f);
  const fu2 = toU(fu);
  const fu3 = toU(fu2);
  const y0 = multiply(frobenius(f, 1), frobenius(f, 2), frobenius(f, 3));
  const y1 = inverse(f);
  const y2 = frobenius(fu2, 2);
  const y3 = inverse(frobenius(fu, 1));
  const y4 = inverse(multiply(fu, frobenius(fu2, 1)));
  const y5 = inverse(fu2);
  const y6 = inverse(multiply(fu3, frobenius(fu3, 1)));

  // y0 y1² y2⁶ y3¹² y4¹⁸ y5³⁰ y6³⁶
  const a = multiply(square(y6), y4, y5);
  const b = multiply(a, y2);
  const c = square(multiply(square(multiply(y3, y5, a)), b));
  return multiply(square(multiply(c, y1)), multiply(c, y0));
}
