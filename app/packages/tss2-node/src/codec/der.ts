/**
 * As much of DER (X.690) as a key file has: elements with tags of one byte and lengths of up to two. Reading is strict:
 * a length that is longer than it need be is refused, as is an element that goes past the end of the one around it.
 */
import { TpmFormatError } from '../errors.ts';
import type { ByteReader } from './byte-reader.ts';

/** Identifier octets. */
export const derTags = {
  boolean: 0x01,
  integer: 0x02,
  octetString: 0x04,
  objectIdentifier: 0x06,
  sequence: 0x30,
} as const;

/** X.690 section 8.1.3: lengths below 128 are one byte, others follow a byte that counts theirs. */
const firstLongLength = 0x80;
const oneByteFollows = 0x81;
const twoBytesFollow = 0x82;

/** `[number] EXPLICIT`: a tag around the element of another type. */
export function explicitTag(number: number): number {
  return 0xa0 | number;
}

/** The content of the next element, which must have this tag. `what` is for the message. */
export function readDer(reader: ByteReader, tag: number, what: string): ByteReader {
  const start = reader.offset;
  const found = reader.readUint8();
  if (found !== tag) {
    throw new TpmFormatError(`${what}: expected the tag ${hex(tag)}, found ${hex(found)}`, start);
  }
  return reader.readInner(readLength(reader, what));
}

/** The element with this tag around the concatenated parts. */
export function writeDer(tag: number, ...parts: Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  return Buffer.concat([Uint8Array.of(tag, ...lengthOctets(content.length)), content]);
}

function readLength(reader: ByteReader, what: string): number {
  const start = reader.offset;
  const first = reader.readUint8();
  let length: number;
  if (first < firstLongLength) return first;
  if (first === oneByteFollows) length = reader.readUint8();
  else if (first === twoBytesFollow) length = reader.readUint16();
  else throw new TpmFormatError(`${what}: ${hex(first)} is not a length of up to two bytes`, start);
  if (lengthOctets(length)[0] !== first) {
    throw new TpmFormatError(`${what}: the length ${length} takes more bytes than it needs`, start);
  }
  return length;
}

function lengthOctets(length: number): number[] {
  if (length < firstLongLength) return [length];
  if (length < 0x100) return [oneByteFollows, length];
  if (length < 0x10000) return [twoBytesFollow, length >> 8, length & 0xff];
  throw new TpmFormatError(`${length} bytes are more than an element may have`);
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}
