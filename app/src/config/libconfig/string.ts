/**
 * One double-quoted libconfig string. Escapes: `\\ \" \f \n \r \t \xHH`; a backslash before anything else stands for
 * itself. `\xHH` is a byte of UTF-8. Line ends inside the quotes belong to the string.
 */
import { isUtf8 } from 'node:buffer';
import { undecoded } from './decode-text.ts';
import { syntaxError } from './syntax-error.ts';
import type { Place } from './values.ts';

const simpleEscapes: Readonly<Record<string, string>> = {
  '\\': '\\',
  '"': '"',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

const hexEscape = /\\x([0-9A-Fa-f]{2})/y;

/** `start` is the opening quote, `end` comes out behind the closing one. `place` is where the string begins. */
export function readString(
  text: string,
  start: number,
  place: Place,
): { value: string; end: number } {
  let value = '';
  let pieceStart = start + 1;
  let position = start + 1;
  let bytes: number[] = [];
  let bytesStart = 0;

  for (;;) {
    const character = text[position];
    if (character === undefined) {
      throw syntaxError(place, 'unterminated string', '"', 'the end of the file');
    }
    if (character === '\0') throw noNul();
    if (character !== '"' && character !== '\\') {
      position++;
      continue;
    }
    takePiece();
    if (character === '"') {
      flushBytes();
      return { value, end: position + 1 };
    }
    takeEscape();
    pieceStart = position;
  }

  /** The plain characters read so far. */
  function takePiece(): void {
    if (pieceStart === position) return;
    flushBytes();
    const piece = text.slice(pieceStart, position);
    const bad = undecoded(piece);
    if (bad !== -1) throw notUtf8(text.slice(start, pieceStart + bad));
    value += piece;
  }

  function takeEscape(): void {
    hexEscape.lastIndex = position;
    const byte = hexEscape.exec(text)?.[1];
    if (byte !== undefined) {
      if (byte === '00') throw noNul();
      if (bytes.length === 0) bytesStart = position;
      bytes.push(parseInt(byte, 16));
      position += 4;
      return;
    }
    flushBytes();
    const meaning = simpleEscapes[text[position + 1] ?? ''];
    value += meaning ?? '\\';
    position += meaning === undefined ? 1 : 2;
  }

  /** Neighbouring byte escapes are one piece of UTF-8. */
  function flushBytes(): void {
    if (bytes.length === 0) return;
    const piece = Buffer.from(bytes);
    if (!isUtf8(piece)) throw notUtf8(text.slice(start, bytesStart));
    value += piece.toString('utf8');
    bytes = [];
  }

  /** `before`: the string so far, which may have begun on an earlier line. */
  function notUtf8(before: string) {
    const line = place.line + before.split('\n').length - 1;
    return syntaxError({ ...place, line }, 'the text is not UTF-8; save the file in that encoding');
  }

  function noNul() {
    return syntaxError(place, 'a NUL character cannot be part of a string');
  }
}
