/**
 * The kinds of value that a key can have: how one is read from a file and how `-p` prints it.
 * A kind knows nothing of keys, files or defaults.
 */
import { seconds, milliseconds, type Duration } from '../core/time.ts';
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

type Test = (text: string) => boolean;

/** Any string, or those that pass `isValid`, which `expected` describes. */
export function string(expected = 'a string', isValid: Test = () => true): SettingKind<string> {
  return {
    expected: 'a string',
    read(value) {
      if (value.kind !== 'string') return { result: 'wrong type' };
      if (!isValid(value.value)) return invalid(expected, JSON.stringify(value.value));
      return { result: 'value', value: value.value };
    },
    print: (value) => value,
  };
}

/** One of a few words. */
export function choice<const Word extends string>(...words: Word[]): SettingKind<Word> {
  return mapped(
    string(words.map((word) => `"${word}"`).join(' or '), (text) =>
      words.some((word) => word === text),
    ),
    // The check above leaves only these.
    (text) => text as Word,
    (word) => word,
  );
}

/**
 * An array in square brackets whose strings all pass `isValid`, which `expected` describes. `orOne`: a string alone is
 * an array of one.
 */
export function strings(
  expected = 'a string',
  isValid: Test = () => true,
  { atLeastOne = false, orOne = false } = {},
): SettingKind<readonly string[]> {
  return {
    expected: 'an array of strings in square brackets',
    read(value) {
      const isOne = orOne && value.kind === 'string';
      if (value.kind !== 'array' && !isOne) return { result: 'wrong type' };
      const texts: string[] = [];
      for (const element of value.kind === 'array' ? value.values : [value]) {
        if (element.kind !== 'string') return { result: 'wrong type' };
        if (!isValid(element.value)) return invalid(expected, JSON.stringify(element.value));
        texts.push(element.value);
      }
      if (atLeastOne && texts.length === 0) return invalid('at least one', 'an empty array');
      return { result: 'value', value: texts };
    },
    print: (values) => values.join(' '),
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

/** The longest wait of a timer, 2^31 - 1 ms. */
export const longestDuration = milliseconds(0x7fffffff);

/** RFC 4861 section 6.2.1: MaxRtrAdvInterval. */
export const advertisementBounds = { minimum: seconds(4), maximum: seconds(1800) } as const;

/** A TPM handle, 32 bits unsigned. 0, and the negative numbers of readers with 32-bit integers, keep their meaning. */
export function tpmHandle(whenZero: number): SettingKind<number> {
  return mapped(
    integer(-0x80000000, 0xffffffff),
    (handle) => handle >>> 0 || whenZero,
    (handle) => handle,
  );
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

function invalid(expected: string, found: string): Reading<never> {
  return { result: 'invalid', expected, found };
}
