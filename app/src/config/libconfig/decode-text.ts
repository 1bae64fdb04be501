/**
 * From the bytes of a file to text. What is not UTF-8 is not a mistake in a comment and one in a string, so it is not
 * decided here: each such byte becomes a lone surrogate, which no UTF-8 text holds, and which `undecoded` finds again.
 */
import { isUtf8 } from 'node:buffer';

/** 0x80 to 0xff become U+DC80 to U+DCFF. */
const undecodedBase = 0xdc00;
const lineFeed = 0x0a;

export function decodeText(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let text = '';
  for (let start = 0; start < bytes.length;) {
    const next = bytes.indexOf(lineFeed, start) + 1;
    const line = bytes.subarray(start, next === 0 ? bytes.length : next);
    // A character of UTF-8 never reaches over the end of a line.
    text += isUtf8(line) ? line.toString('utf8') : escapeBytes(line);
    start += line.length;
  }
  return text;
}

function escapeBytes(line: Buffer): string {
  return Array.from(line, (byte) =>
    String.fromCharCode(byte < 0x80 ? byte : undecodedBase + byte),
  ).join('');
}

/** Where the first byte is that was not UTF-8; -1 when there is none. */
export function undecoded(text: string): number {
  return text.search(/[\udc80-\udcff]/u);
}

/** For messages: `the byte 0xfc`; undefined for a character that was decoded. */
export function describeUndecoded(code: number): string | undefined {
  const byte = code - undecodedBase;
  return byte >= 0x80 && byte <= 0xff ? `the byte 0x${byte.toString(16)}` : undefined;
}
