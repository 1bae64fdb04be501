/**
 * Reads libconfig text into values: groups `{ }`, arrays `[ ]` of scalars of one type, lists `( )` of anything,
 * neighbouring strings joined, `@include`d files in place. A name twice in one group is an error.
 *
 * Pure: files come through `read`. Depth of groups, depth of includes and total amount of text are bounded, so that
 * every input ends in values or in a ConfigError with file and line.
 */
import { syntaxError } from './syntax-error.ts';
import { Tokenizer, type Punctuation, type Token } from './tokens.ts';
import type { Place, Scalar, Setting, Value } from './values.ts';

export interface SourceText {
  /** Name for the messages; includes are resolved against it by the reader. */
  readonly file: string;
  readonly text: string;
}

/** Gives an included file; throws ConfigError when it cannot. `from` is the place of the directive. */
export type IncludeReader = (path: string, from: Place) => SourceText;

export const maxNesting = 64;
export const maxIncludeDepth = 10;
export const maxIncludes = 100;

export type Settings = ReadonlyMap<string, Setting>;

/** The settings of the outermost level. */
export function parseLibconfig(source: SourceText, read: IncludeReader): Settings {
  const parser = new Parser(source, read);
  return parser.settings('end', 0);
}

const describe: Partial<Record<Token['kind'], string>> = {
  name: 'a name',
  string: 'a string',
  integer: 'a number',
  float: 'a number',
  boolean: 'true or false',
  end: 'the end of the file',
};

class Parser {
  readonly #read: IncludeReader;
  /** Innermost file last. */
  readonly #sources: Tokenizer[];
  #includes = 0;
  #token: Token;

  constructor(source: SourceText, read: IncludeReader) {
    this.#read = read;
    this.#sources = [new Tokenizer(source.file, source.text)];
    this.#token = this.#nextToken();
  }

  /** Settings up to `close`, which is taken. */
  settings(close: '}' | 'end', depth: number): Map<string, Setting> {
    const settings = new Map<string, Setting>();
    while (this.#token.kind !== close) {
      const setting = this.#setting(depth);
      const earlier = settings.get(setting.name);
      if (earlier !== undefined) {
        const { file, line } = earlier.place;
        throw syntaxError(setting.place, `${setting.name} is set already at ${file}:${line}`);
      }
      settings.set(setting.name, setting);
    }
    this.#advance();
    return settings;
  }

  #setting(depth: number): Setting {
    const token = this.#token;
    if (token.kind !== 'name') throw this.#unexpected(depth === 0 ? 'a name' : 'a name or }');
    this.#advance();
    if (!this.#take('=') && !this.#take(':')) throw this.#unexpected(`= or : after ${token.text}`);
    const value = this.#value(depth);
    if (!this.#take(';')) this.#take(',');
    return { name: token.text, place: token.place, value };
  }

  #value(depth: number): Value {
    const { kind, place } = this.#token;
    if (kind !== '{' && kind !== '[' && kind !== '(') return this.#scalar();
    if (depth >= maxNesting) {
      throw syntaxError(place, `values nested deeper than ${maxNesting} levels`);
    }
    this.#advance();
    switch (kind) {
      case '{':
        return { kind: 'group', settings: this.settings('}', depth + 1), place };
      case '[':
        return { kind: 'array', values: this.#array(), place };
      case '(':
        return { kind: 'list', values: this.#elements(')', () => this.#value(depth + 1)), place };
    }
  }

  #array(): Scalar[] {
    let first: Scalar | undefined;
    return this.#elements(']', () => {
      const value = this.#scalar();
      first ??= value;
      if (value.kind !== first.kind) {
        const expected = describe[first.kind] ?? first.kind;
        throw syntaxError(
          value.place,
          'values of one array differ in type',
          expected,
          found(value),
        );
      }
      return value;
    });
  }

  /** Comma-separated up to `close`, which is taken; a comma may also come last. */
  #elements<T>(close: ']' | ')', element: () => T): T[] {
    const values: T[] = [];
    while (this.#token.kind !== close) {
      values.push(element());
      if (!this.#take(',') && this.#token.kind !== close) throw this.#unexpected(`, or ${close}`);
    }
    this.#advance();
    return values;
  }

  #scalar(): Scalar {
    const token = this.#token;
    if (token.kind === 'string') return this.#strings(token.place);
    if (token.kind === 'integer' || token.kind === 'float' || token.kind === 'boolean') {
      this.#advance();
      return token;
    }
    if (token.kind !== 'name') throw this.#unexpected('a value');
    throw this.#unexpected(`a value; text needs quotes: "${token.text}"`);
  }

  #strings(place: Place): Scalar {
    const pieces: string[] = [];
    while (this.#token.kind === 'string') {
      pieces.push(this.#token.value);
      this.#advance();
    }
    return { kind: 'string', value: pieces.join(''), place };
  }

  /** Takes the token if it is this one. */
  #take(kind: Punctuation): boolean {
    if (this.#token.kind !== kind) return false;
    this.#advance();
    return true;
  }

  #advance(): void {
    this.#token = this.#nextToken();
  }

  #nextToken(): Token {
    for (;;) {
      const source = this.#sources.at(-1);
      const token = source?.next() ?? this.#token;
      if (token.kind === 'include') this.#include(token.path, token.place);
      else if (token.kind === 'end' && this.#sources.length > 1) this.#sources.pop();
      else return token;
    }
  }

  #include(path: string, place: Place): void {
    if (this.#sources.length > maxIncludeDepth) {
      throw syntaxError(place, `files include each other deeper than ${maxIncludeDepth} levels`);
    }
    // Depth alone still lets ten small files unfold into a great many.
    if (++this.#includes > maxIncludes) {
      throw syntaxError(place, `more than ${maxIncludes} files are included`);
    }
    const { file, text } = this.#read(path, place);
    this.#sources.push(new Tokenizer(file, text));
  }

  #unexpected(expected: string) {
    return syntaxError(this.#token.place, 'syntax error', expected, found(this.#token));
  }
}

function found(token: Token | Scalar): string {
  if (token.kind === 'name') return token.text;
  if (token.kind === 'string') {
    return JSON.stringify(token.value.length > 40 ? `${token.value.slice(0, 40)}...` : token.value);
  }
  return 'value' in token ? String(token.value) : (describe[token.kind] ?? token.kind);
}
