/**
 * Something in a configuration file that is not as the operator may think: it is ignored at run and an error under
 * strict.
 */

export interface ConfigWarning {
  readonly file: string;
  readonly line: number;
  /** Full name of the key, such as `remote.port`. */
  readonly key: string;
  /** What is wrong and what happens instead. */
  readonly problem: string;
}

/** One line, in the form of a ConfigError. */
export function formatConfigWarning({ file, line, key, problem }: ConfigWarning): string {
  return `${file}:${line}: ${key}: ${problem}`;
}
