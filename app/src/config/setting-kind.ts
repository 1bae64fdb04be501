/**
 * The kinds of value that a key can have: how one is read from a file and how `-p` prints it.
 * A kind is independent of keys, files and defaults.
 */
import { milliseconds, type Duration } from '../core/time.ts';
import type { Value } from './libconfig/values.ts';

export interface SettingKind<T> {
  /** What must stand in the file, in words: `a string`. */
  readonly expected: string;
  read(value: Value): Reading<T>;
  print(value: T): string;
}

export type Reading<T> =
  | { readonly result: 'value'; readonly value: T }
  /** Usable after a correction, which is reported. */
  | { readonly result: 'corrected'; readonly value: T; readonly problem: string }
  /** Of another type: older readers pass over it in silence. */
  | { readonly result: 'wrong type' }
  /** Of the right type, and meaningless. */
  | { readonly result: 'invalid'; readonly expected: string; readonly found: string };

/** A kind that stands in the file as one string, which is never corrected. */
export interface TextKind<T> extends SettingKind<T> {
  read(value: Value): Exclude<Reading<T>, { readonly result: 'corrected' }>;
}

/** A string of which `parse` makes the value: undefined for those that are not what `expected` describes. */
export function parsed<T>(
  expected: string,
  parse: (text: string) => T | undefined,
  print: (value: T) => string,
): TextKind<T> {
  return {
    expected: 'a string',
    read(value) {
      if (value.kind !== 'string') return { result: 'wrong type' };
      const result = parse(value.value);
      if (result === undefined) return invalid(expected, JSON.stringify(value.value));
      return { result: 'value', value: result };
    },
    print,
  };
}

/** Any string, or those that pass `isValid`, which `expected` describes. */
export function string(
  expected = 'a string',
  isValid: (text: string) => boolean = () => true,
): TextKind<string> {
  return parsed(
    expected,
    (text) => (isValid(text) ? text : undefined),
    (text) => text,
  );
}

/** What was parsed, and how it was written: so it is printed. */
export interface Written<T> {
  readonly text: string;
  readonly value: T;
}

/** The same as `parsed` for what can be written in several ways. */
export function written<T>(
  expected: string,
  parse: (text: string) => T | undefined,
): TextKind<Written<T>> {
  const parseWritten = (text: string): Written<T> | undefined => {
    const value = parse(text);
    return value === undefined ? undefined : { text, value };
  };
  return parsed(expected, parseWritten, ({ text }) => text);
}

/** One of a few words. */
export function choice<const Word extends string>(...words: readonly Word[]): TextKind<Word> {
  const quoted = words.map((word) => `"${word}"`);
  const expected = `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
  const parse = (text: string): Word | undefined => words.find((word) => word === text);
  return parsed(expected, parse, (word) => word);
}

/** An array in square brackets. `orOne`: a string alone is an array of one. */
export function list<T>(
  kind: TextKind<T>,
  { atLeastOne = false, orOne = false } = {},
): SettingKind<readonly T[]> {
  return {
    expected: 'an array of strings in square brackets',
    read(value) {
      const isOne = orOne && value.kind === 'string';
      if (value.kind !== 'array' && !isOne) return { result: 'wrong type' };
      const values: T[] = [];
      for (const element of value.kind === 'array' ? value.values : [value]) {
        const reading = kind.read(element);
        if (reading.result !== 'value') return reading;
        values.push(reading.value);
      }
      if (atLeastOne && values.length === 0) return invalid('at least one', 'an empty array');
      return { result: 'value', value: values };
    },
    print: (values) => values.map((value) => kind.print(value)).join(' '),
  };
}

export function boolean(): SettingKind<boolean> {
  return {
    expected: 'true or false',
    read(value) {
      if (value.kind !== 'boolean') return { result: 'wrong type' };
      return { result: 'value', value: value.value };
    },
    print: String,
  };
}

export function integer(minimum: number, maximum: number): SettingKind<number> {
  return {
    expected: 'an integer',
    read(value) {
      if (value.kind !== 'integer') return { result: 'wrong type' };
      if (value.value < BigInt(minimum) || value.value > BigInt(maximum)) {
        return invalid(`${minimum}..${maximum}`, String(value.value));
      }
      return { result: 'value', value: Number(value.value) };
    },
    print: String,
  };
}

/** Milliseconds; what lies outside the bounds is moved to the nearer one. */
export function duration(minimum: Duration, maximum: Duration): SettingKind<Duration> {
  return {
    expected: 'an integer',
    read(value) {
      if (value.kind !== 'integer') return { result: 'wrong type' };
      const wanted = Number(value.value);
      const used = Math.min(maximum, Math.max(minimum, wanted));
      if (used === wanted) return { result: 'value', value: milliseconds(used) };
      const problem = `${wanted} ms is outside ${minimum}..${maximum} ms; ${used} ms is used`;
      return { result: 'corrected', value: milliseconds(used), problem };
    },
    print: String,
  };
}

/** A group that is there or not; what is in it are keys of their own. */
export function presence(): SettingKind<boolean> {
  return {
    expected: 'a group in braces',
    read(value) {
      return value.kind === 'group' ? { result: 'value', value: true } : { result: 'wrong type' };
    },
    print: (value) => (value ? '1' : '0'),
  };
}

/** A kind whose value in the program is not the one in the file. */
export function mapped<Raw, T>(
  raw: SettingKind<Raw>,
  from: (value: Raw) => T,
  to: (value: T) => Raw,
): SettingKind<T> {
  return {
    expected: raw.expected,
    read(value) {
      const reading = raw.read(value);
      return 'value' in reading ? { ...reading, value: from(reading.value) } : reading;
    },
    print: (value) => raw.print(to(value)),
  };
}

/** May be unset, which prints as `(null)`. */
export function optional<T>(kind: SettingKind<T>): SettingKind<T | undefined> {
  return { ...kind, print: (value) => (value === undefined ? '(null)' : kind.print(value)) };
}

function invalid(expected: string, found: string): Extract<Reading<never>, { result: 'invalid' }> {
  return { result: 'invalid', expected, found };
}
