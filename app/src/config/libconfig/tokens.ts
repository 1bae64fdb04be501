/**
 * Splits one libconfig text into tokens: names, scalars, punctuation and `@include` directives. Comments (`#`, `//`,
 * and the block form) and white space separate tokens and are dropped. Strings are single pieces here; the parser joins
 * neighbours.
 */
import { describeUndecoded } from './decode-text.ts';
import { readNumber } from './number.ts';
import { readString } from './string.ts';
import { syntaxError } from './syntax-error.ts';
import type { Place } from './values.ts';

export type Punctuation = '=' | ':' | ';' | ',' | '{' | '}' | '[' | ']' | '(' | ')';

export type Token = (
  | { readonly kind: 'name'; readonly text: string }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: Punctuation }
  | { readonly kind: 'include'; readonly path: string }
  | { readonly kind: 'end' }
) & { readonly place: Place };

const spaceOrComment = /(?:[ \t\r\n\f\v]+|#[^\n]*|\/\/[^\n]*|\/\*[^]*?\*\/)/y;
const name = /[A-Za-z*][-A-Za-z0-9_*]*/y;
const number = /[-+.0-9][-+.0-9A-Za-z_]*/y;
const include = /@include[ \t]+"((?:[^"\\\n]|\\.)*)"/y;

export class Tokenizer {
  readonly #file: string;
  readonly #text: string;
  #position = 0;
  #line = 1;

  constructor(file: string, text: string) {
    this.#file = file;
    // Editors of other systems begin a file with a byte order mark.
    this.#text = text.startsWith('\ufeff') ? text.slice(1) : text;
  }

  /** The next token; `end` again and again once the text is used up. */
  next(): Token {
    while (this.#take(spaceOrComment) !== undefined);
    const place = this.#place();
    const character = this.#text[this.#position];
    switch (character) {
      case undefined:
        return { kind: 'end', place };
      case '=':
      case ':':
      case ';':
      case ',':
      case '{':
      case '}':
      case '[':
      case ']':
      case '(':
      case ')':
        this.#position++;
        return { kind: character, place };
      case '"':
        return this.#string(place);
      case '@':
        return this.#include(place);
      default:
        return this.#word(place);
    }
  }

  #word(place: Place): Token {
    const text = this.#take(name);
    if (text !== undefined) {
      // The reader of the existing files takes these two words for values everywhere, also as a name.
      if (/^(?:true|false)$/i.test(text)) {
        return { kind: 'boolean', value: text.toLowerCase() === 'true', place };
      }
      return { kind: 'name', text, place };
    }
    const digits = this.#take(number);
    if (digits !== undefined) return { ...readNumber(digits, place), place };
    if (this.#text.startsWith('/*', this.#position)) {
      throw syntaxError(place, 'unterminated comment', '*/', 'the end of the file');
    }
    const code = this.#text.codePointAt(this.#position) ?? 0;
    const found = describeUndecoded(code) ?? JSON.stringify(String.fromCodePoint(code));
    throw syntaxError(place, 'unexpected character', 'a name or a value', found);
  }

  #string(place: Place): Token {
    const { value, end } = readString(this.#text, this.#position, place);
    this.#advance(end);
    return { kind: 'string', value, place };
  }

  #include(place: Place): Token {
    const start = this.#text.lastIndexOf('\n', this.#position - 1) + 1;
    const isFirst = this.#text.slice(start, this.#position).trim() === '';
    const directive = isFirst ? this.#take(include) : undefined;
    if (directive === undefined) {
      throw syntaxError(place, 'unusable directive', 'a line of the form @include "file"');
    }
    const quote = directive.indexOf('"');
    return { kind: 'include', path: readString(directive, quote, place).value, place };
  }

  /** Matches a sticky pattern here and moves behind it. */
  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#position;
    const text = pattern.exec(this.#text)?.[0];
    if (text !== undefined) this.#advance(this.#position + text.length);
    return text;
  }

  #advance(position: number): void {
    for (let i = this.#position; i < position; i++) {
      if (this.#text.charCodeAt(i) === 0x0a) this.#line++;
    }
    this.#position = position;
  }

  #place(): Place {
    return { file: this.#file, line: this.#line };
  }
}
