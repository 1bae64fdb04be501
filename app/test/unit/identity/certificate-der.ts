/** Builds just enough of a certificate, unsigned, for the tests of what is read from one. */

export function tlv(tag: number, ...contents: readonly (Uint8Array | string)[]): Uint8Array {
  const content = Buffer.concat(contents.map((part) => Buffer.from(part)));
  const { length } = content;
  if (length < 0x80) return Buffer.from([tag, length, ...content]);
  return Buffer.from([tag, 0x82, length >> 8, length & 0xff, ...content]);
}

const sequence = 0x30;
const set = 0x31;
const utf8 = 0x0c;
const commonNameOid = tlv(0x06, Uint8Array.of(0x55, 0x04, 0x03));
const organizationOid = tlv(0x06, Uint8Array.of(0x55, 0x04, 0x0a));

export function commonName(text: string | Uint8Array, tag = utf8): Uint8Array {
  return tlv(sequence, commonNameOid, tlv(tag, text));
}

export function organization(text: string): Uint8Array {
  return tlv(sequence, organizationOid, tlv(utf8, text));
}

export interface CertificateShape {
  /** One relative name per element, of one or more attributes. */
  subject?: readonly (readonly Uint8Array[])[];
  notBefore?: Uint8Array;
  notAfter?: Uint8Array;
  hasVersion?: boolean;
}

export function certificateDer(shape: CertificateShape = {}): Uint8Array {
  const {
    subject = [[commonName('fd00::1')]],
    notBefore = tlv(0x17, '200102030405Z'),
    notAfter = tlv(0x18, '99991231235959Z'),
    hasVersion = true,
  } = shape;
  return tlv(
    sequence,
    tlv(
      sequence,
      ...(hasVersion ? [tlv(0xa0, tlv(0x02, Uint8Array.of(2)))] : []),
      tlv(0x02, Uint8Array.of(1)),
      tlv(sequence),
      tlv(sequence, tlv(set, commonName('fd00::ca'))),
      tlv(sequence, notBefore, notAfter),
      tlv(sequence, ...subject.map((attributes) => tlv(set, ...attributes))),
    ),
  );
}
