/**
 * Writes DER (X.690): the few elements that certificates are made of. Each function returns one whole element, so that
 * elements that another library has encoded, such as a public key, take their place among others as they are. The
 * reader is `der.ts`.
 */
import { InternalError } from '../core/errors.ts';
import { derTag } from './der.ts';

/** Tags that are written and never looked for. */
const writtenTag = { bitString: 0x03, octetString: 0x04, context: 0x80, contextConstructed: 0xa0 };

/** An element of any tag around `parts`. */
export function element(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const header = [tag, ...lengthOf(length)];
  const bytes = new Uint8Array(header.length + length);
  bytes.set(header);
  let at = header.length;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export function sequence(parts: readonly Uint8Array[]): Uint8Array {
  return element(derTag.sequence, ...parts);
}

export function set(parts: readonly Uint8Array[]): Uint8Array {
  return element(derTag.set, ...parts);
}

/** `bytes` is the content as it stands in the encoding: two's complement, most significant byte first. */
export function integer(bytes: Uint8Array): Uint8Array {
  return element(derTag.integer, bytes);
}

export function boolean(value: boolean): Uint8Array {
  return element(derTag.boolean, Uint8Array.of(value ? 0xff : 0));
}

export function octetString(bytes: Uint8Array): Uint8Array {
  return element(writtenTag.octetString, bytes);
}

/** The last `unusedBits` bits of `bytes` do not count. */
export function bitString(bytes: Uint8Array, unusedBits = 0): Uint8Array {
  return element(writtenTag.bitString, Uint8Array.of(unusedBits), bytes);
}

export function utf8String(text: string): Uint8Array {
  return element(derTag.utf8String, new TextEncoder().encode(text));
}

/** `dotted` is a constant of the program, such as 2.5.4.3. */
export function objectId(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const content = [first * 40 + second, ...rest].flatMap(base128);
  return element(derTag.objectIdentifier, Uint8Array.from(content));
}

/** `YYMMDDHHMMSSZ`. */
export function utcTime(digits: string): Uint8Array {
  return element(derTag.utcTime, new TextEncoder().encode(digits));
}

/** `YYYYMMDDHHMMSSZ`. */
export function generalizedTime(digits: string): Uint8Array {
  return element(derTag.generalizedTime, new TextEncoder().encode(digits));
}

/** Context-specific tag around a whole element (EXPLICIT). */
export function explicit(tag: number, part: Uint8Array): Uint8Array {
  return element(writtenTag.contextConstructed | tag, part);
}

/** Context-specific tag in place of a primitive element's own (IMPLICIT). */
export function implicit(tag: number, content: Uint8Array): Uint8Array {
  return element(writtenTag.context | tag, content);
}

/** X.690 section 8.1.3: one byte below 128, else the number of bytes and the bytes. */
function lengthOf(length: number): number[] {
  if (length < 0x80) return [length];
  if (length > 0xffff) throw new InternalError(`no certificate has an element of ${length} bytes`);
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

/** Seven bits a byte, all but the last one marked. */
function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}
