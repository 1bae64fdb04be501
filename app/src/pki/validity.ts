/**
 * Validity of a certificate (RFC 5280 section 4.1.2.5). Cards have no reliable clock, so the default never
 * begins and never ends: 0000-01-01 to 9999-12-31, the widest span that GeneralizedTime can express.
 */
import forge from 'node-forge';
import { ParseError } from '../core/errors.ts';

const { asn1 } = forge;

/** Both ends included. An absent end is open: year 0000 or year 9999. */
export interface Validity {
  readonly notBefore?: Date | undefined;
  readonly notAfter?: Date | undefined;
}

const beginningOfTime = '00000101000000Z';
const endOfTime = '99991231235959Z';

export function encodeValidity(validity: Validity): forge.asn1.Asn1 {
  const { notBefore, notAfter } = validity;
  if (notBefore !== undefined && notAfter !== undefined && notBefore > notAfter) {
    throw new ParseError('certificate validity', 0, 'it would end before it begins');
  }
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, [
    notBefore === undefined ? generalizedTime(beginningOfTime) : encodeTime(notBefore),
    notAfter === undefined ? generalizedTime(endOfTime) : encodeTime(notAfter),
  ]);
}

function encodeTime(date: Date): forge.asn1.Asn1 {
  if (Number.isNaN(date.getTime())) {
    throw new ParseError('certificate validity', 0, 'not a date');
  }
  const year = date.getUTCFullYear();
  if (year < 0 || year > 9999) {
    throw new ParseError('certificate validity', 0, `year ${year} is not within 0000..9999`);
  }
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, '');
  // RFC 5280: two-digit years until 2049, four digits from 2050.
  return year >= 1950 && year < 2050
    ? asn1.create(asn1.Class.UNIVERSAL, asn1.Type.UTCTIME, false, digits.slice(2))
    : generalizedTime(digits);
}

function generalizedTime(text: string): forge.asn1.Asn1 {
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.GENERALIZEDTIME, false, text);
}
