/**
 * Validity of a certificate (RFC 5280 section 4.1.2.5). Cards have no reliable clock, so the default never
 * begins and never ends: 0000-01-01 to 9999-12-31, the widest span that GeneralizedTime can express.
 */
import { ParseError } from '../core/errors.ts';
import * as der from '../wire/der-writer.ts';

/** Both ends included. An absent end is open: year 0000 or year 9999. */
export interface Validity {
  readonly notBefore?: Date | undefined;
  readonly notAfter?: Date | undefined;
}

const beginningOfTime = '00000101000000Z';
const endOfTime = '99991231235959Z';

export function encodeValidity(validity: Validity): Uint8Array {
  const { notBefore, notAfter } = validity;
  if (notBefore !== undefined && notAfter !== undefined && notBefore > notAfter) {
    throw new ParseError('certificate validity', 0, 'it would end before it begins');
  }
  return der.sequence([
    notBefore === undefined ? der.generalizedTime(beginningOfTime) : encodeTime(notBefore),
    notAfter === undefined ? der.generalizedTime(endOfTime) : encodeTime(notAfter),
  ]);
}

function encodeTime(date: Date): Uint8Array {
  if (Number.isNaN(date.getTime())) {
    throw new ParseError('certificate validity', 0, 'not a date');
  }
  const year = date.getUTCFullYear();
  if (year < 0 || year > 9999) {
    throw new ParseError('certificate validity', 0, `year ${year} is not within 0000..9999`);
  }
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, '');
  // RFC 5280: two-digit years until 2049, four digits from 2050.
  return year >= 1950 && year < 2050 ? der.utcTime(digits.slice(2)) : der.generalizedTime(digits);
}
