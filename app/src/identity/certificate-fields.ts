/**
 * What the service needs of a certificate and node:crypto does not give reliably: the first commonName (its text form
 * of the subject is escaped and not unique) and the validity as dates (its text form puts year 0000 into 2000).
 * RFC 5280 section 4.1. Signatures and extensions are left to OpenSSL.
 */
import { ParseError } from '../core/errors.ts';
import { DerReader, derTag, type DerElement } from '../wire/der.ts';

export interface CertificateFields {
  /** First commonName of the subject, of the outermost order; undefined when there is none. */
  readonly commonName: string | undefined;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Throws ParseError for anything that is not a certificate. */
export function readCertificateFields(der: Uint8Array): CertificateFields {
  const certificate = DerReader.inside(new DerReader(der).expect(derTag.sequence, 'a certificate'));
  const fields = DerReader.inside(certificate.expect(derTag.sequence, 'the signed part'));
  if (fields.nextTag === derTag.explicit0) fields.next(); // version; absent in X.509 v1
  fields.expect(derTag.integer, 'the serial number');
  fields.expect(derTag.sequence, 'the signature algorithm');
  fields.expect(derTag.sequence, 'the issuer');
  const validity = DerReader.inside(fields.expect(derTag.sequence, 'the validity'));
  const notBefore = readTime(validity.next());
  const notAfter = readTime(validity.next());
  const subject = fields.expect(derTag.sequence, 'the subject');
  return { commonName: firstCommonName(subject), notBefore, notAfter };
}

/** OID 2.5.4.3. */
const commonNameOid = '550403';

function firstCommonName(subject: DerElement): string | undefined {
  const names = DerReader.inside(subject);
  while (!names.atEnd) {
    const set = DerReader.inside(names.expect(derTag.set, 'a relative name'));
    while (!set.atEnd) {
      const attribute = DerReader.inside(set.expect(derTag.sequence, 'a name attribute'));
      const type = attribute.expect(derTag.objectIdentifier, 'an attribute type');
      if (Buffer.from(type.content).toString('hex') === commonNameOid) {
        return decodeString(attribute.next());
      }
    }
  }
  return undefined;
}

function decodeString({ tag, content, offset }: DerElement): string {
  switch (tag) {
    case derTag.utf8String:
      return new TextDecoder().decode(content);
    case derTag.printableString:
    case derTag.ia5String:
    case derTag.teletexString:
      return Buffer.from(content).toString('latin1');
    case derTag.bmpString:
      return decodeWide(content, 2);
    case derTag.universalString:
      return decodeWide(content, 4);
    default:
      throw new ParseError('commonName', offset, 'is of no string type');
  }
}

function decodeWide(content: Uint8Array, width: 2 | 4): string {
  let text = '';
  for (let i = 0; i + width <= content.length; i += width) {
    let code = 0;
    for (let j = 0; j < width; j++) code = code * 256 + (content[i + j] ?? 0);
    text += code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
  }
  return text;
}

/** A GeneralizedTime has 15 characters. */
const maxTimeText = 20;

/** RFC 5280 section 4.1.2.5: UTCTime `YYMMDDHHMMSSZ` (years 1950 to 2049), GeneralizedTime with a four-digit year. */
function readTime({ tag, content, offset }: DerElement): Date {
  const text = Buffer.from(content).toString('latin1');
  const digits = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  const yearDigits = tag === derTag.utcTime ? 2 : 4;
  if (
    (tag !== derTag.utcTime && tag !== derTag.generalizedTime) ||
    digits?.[1]?.length !== yearDigits
  ) {
    // As long as the file may be, and a line of the log is not.
    const found = JSON.stringify(text.slice(0, maxTimeText));
    throw new ParseError('certificate validity', offset, `${found} is not a time`);
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = digits
    .slice(1)
    .map(Number);
  const date = new Date(0);
  // Not Date.UTC: it moves the years 0 to 99 into the twentieth century.
  date.setUTCFullYear(
    yearDigits === 4 ? year : year < 50 ? 2000 + year : 1900 + year,
    month - 1,
    day,
  );
  date.setUTCHours(hour, minute, second);
  return date;
}
