/** The options of one command line, by name. */
import { UsageError } from './usage-error.ts';

export class GivenOptions<Name extends string = string> {
  readonly #values: ReadonlyMap<string, readonly string[]>;
  /** The arguments behind the command that are not options. */
  readonly operands: readonly string[];

  constructor(values: ReadonlyMap<string, readonly string[]>, operands: readonly string[]) {
    this.#values = values;
    this.operands = operands;
  }

  has(name: Name): boolean {
    return this.#values.has(name);
  }

  /** The last value if the option was given several times. */
  text(name: Name): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  /** For an option that the table requires. */
  required(name: Name): string {
    const value = this.text(name);
    if (value === undefined) throw new UsageError(`option --${name} is missing`);
    return value;
  }

  list(name: Name): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** The value as one of `words`; undefined if the option is not there. */
  oneOf<Word extends string>(name: Name, words: readonly Word[]): Word | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const word = words.find((known) => known === value);
    if (word !== undefined) return word;
    throw new UsageError(`--${name} is one of ${words.join(', ')}, not "${value}"`);
  }
}
