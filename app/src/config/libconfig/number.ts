/**
 * libconfig numbers. Integers are decimal or hexadecimal; the suffix `L` or `LL` of 64-bit integers is accepted and
 * not needed: an integer has up to 64 bits either way, and hexadecimal ones are unsigned (0x81000001 is a TPM handle).
 */
import { syntaxError } from './syntax-error.ts';
import type { Place } from './values.ts';

export type NumberValue =
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number };

const decimal = /^([-+]?)(\d+)L{0,2}$/;
const hexadecimal = /^(0[xX][0-9A-Fa-f]+)L{0,2}$/;
const float = /^[-+]?(?:\d+\.\d*|\.\d+|\d+(?=[eE]))(?:[eE][-+]?\d+)?$/;

/** `text` is everything up to the next character that cannot belong to a number or a word. */
export function readNumber(text: string, place: Place): NumberValue {
  // A number that needs more digits than this has no 64 bits, and no sense.
  if (text.length > 64) throw malformed('a number', `${text.slice(0, 20)}...`);

  const [, sign, digits] = decimal.exec(text) ?? [];
  if (digits !== undefined) {
    const magnitude = BigInt(digits);
    const value = sign === '-' ? -magnitude : magnitude;
    if (BigInt.asIntN(64, value) !== value) throw malformed('an integer of 64 bits', text);
    return { kind: 'integer', value };
  }
  const [, hex] = hexadecimal.exec(text) ?? [];
  if (hex !== undefined) {
    const value = BigInt(hex);
    if (BigInt.asUintN(64, value) !== value) throw malformed('an integer of 64 bits', text);
    return { kind: 'integer', value };
  }
  if (float.test(text)) return { kind: 'float', value: Number(text) };
  throw malformed('a number', text);

  function malformed(expected: string, found: string) {
    return syntaxError(place, 'malformed number', expected, found);
  }
}
