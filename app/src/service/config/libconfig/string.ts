/**
 * One double-quoted libconfig string. Escapes: `\\ \" \f \n \r \t \xHH`; a backslash before anything else stands for
 * itself. `\xHH` is a byte of UTF-8. Line ends inside the quotes belong to the string.
 */
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

  for (;;) {
    const character = text[position];
    if (character === undefined) {
      throw syntaxError(place, 'string without its end', '"', 'the end of the file');
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
    value += text.slice(pieceStart, position);
  }

  function takeEscape(): void {
    hexEscape.lastIndex = position;
    const byte = hexEscape.exec(text)?.[1];
    if (byte !== undefined) {
      if (byte === '00') throw noNul();
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
    value += new TextDecoder().decode(Uint8Array.from(bytes));
    bytes = [];
  }

  function noNul() {
    return syntaxError(place, 'a NUL character cannot be part of a string');
  }
}
