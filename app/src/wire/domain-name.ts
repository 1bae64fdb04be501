/**
 * Domain names as sequences of labels (RFC 1035 section 3.1), the way RFC 8106 section 5.2 and RFC 8415 section 10 use
 * them: uncompressed, one behind the other. Decode throws ParseError. Text has no dot at the end; a byte of a label
 * other than a letter, digit, `-` or `_` is written `\DDD`, so that every name survives decode and encode.
 */
import { InternalError, ParseError } from '../core/errors.ts';

const maxLabelBytes = 63;
/** Length bytes and the root's zero included. */
const maxNameBytes = 255;
/** No list of ours or of a host has anything like this many. */
const maxNames = 64;

declare const isChecked: unique symbol;

/** The text of a name that an operator may configure. Only `parseDomainName` makes one. */
export type DomainName = string & { readonly [isChecked]: 'domain name' };

/** Undefined for what is not a name. */
export function parseDomainName(text: string): DomainName | undefined {
  return isDomainName(text) ? (text as DomainName) : undefined;
}

/**
 * Whether this is a name that an operator may configure (RFC 1123 section 2.1): labels of letters, digits, `-` and
 * `_`, which occurs in practice; a dot at the end is allowed.
 */
export function isDomainName(text: string): boolean {
  const name = withoutFinalDot(text);
  return (
    name.length + 2 <= maxNameBytes &&
    name.split('.').every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label))
  );
}

/** The names one behind the other, each ended by the zero length of the root. */
export function encodeDomainNames(names: readonly string[]): Uint8Array {
  return Uint8Array.from(names.flatMap(encodeName));
}

/**
 * Reads names until the end of `bytes`; with `padded`, until a name would start with a zero, after which only zeros
 * may follow. `what` is for the error.
 */
export function decodeDomainNames(bytes: Uint8Array, what: string, padded: boolean): string[] {
  const names: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (padded && bytes[at] === 0) {
      const garbage = bytes.findIndex((byte, i) => i > at && byte !== 0);
      if (garbage !== -1) throw new ParseError(what, garbage, 'padding is not zero');
      break;
    }
    if (names.length === maxNames) throw new ParseError(what, at, `over ${maxNames} names`);
    const { name, end } = decodeName(bytes, at, what);
    names.push(name);
    at = end;
  }
  return names;
}

function decodeName(bytes: Uint8Array, start: number, what: string): { name: string; end: number } {
  const labels: string[] = [];
  let at = start;
  for (;;) {
    const length = bytes[at];
    if (length === undefined) throw new ParseError(what, at, 'name is cut short');
    if (length > maxLabelBytes) throw new ParseError(what, at, `label length ${length}`);
    const next = at + 1 + length;
    if (next > bytes.length) throw new ParseError(what, bytes.length, 'label is cut short');
    if (next - start > maxNameBytes) throw new ParseError(what, at, 'name over 255 bytes');
    if (length === 0) break;
    labels.push(Array.from(bytes.subarray(at + 1, next), labelText).join(''));
    at = next;
  }
  if (labels.length === 0) throw new ParseError(what, start, 'empty name');
  return { name: labels.join('.'), end: at + 1 };
}

function labelText(byte: number): string {
  const character = String.fromCharCode(byte);
  return /[a-z0-9_-]/i.test(character) ? character : `\\${String(byte).padStart(3, '0')}`;
}

function encodeName(text: string): number[] {
  const bytes = withoutFinalDot(text)
    .split('.')
    .flatMap((label) => encodeLabel(label, text));
  bytes.push(0);
  if (bytes.length > maxNameBytes) throw new InternalError(`domain name over 255 bytes: ${text}`);
  return bytes;
}

function encodeLabel(label: string, text: string): number[] {
  const bytes: number[] = [];
  for (const [part, escaped] of label.matchAll(/\\(\d{3})|[^]/g)) {
    const byte = escaped === undefined ? part.charCodeAt(0) : Number(escaped);
    if (byte > 0xff || part === '\\') throw new InternalError(`not a domain name: ${text}`);
    bytes.push(byte);
  }
  if (bytes.length === 0 || bytes.length > maxLabelBytes) {
    throw new InternalError(`not a domain name: ${text}`);
  }
  return [bytes.length, ...bytes];
}

function withoutFinalDot(text: string): string {
  return text.endsWith('.') ? text.slice(0, -1) : text;
}
