/**
 * The command line of a program as data: its options and commands with the texts that explain them. Parsing and
 * `--help` are made from the same table, and so can man pages and completions for a shell be.
 */

/** An option. `--help` and `--version` need no row: every command has them. */
export interface OptionRow {
  /** Its letter, for `-c`. */
  readonly short?: string;
  /** What its value is called, such as FILE. Without it, the option is a switch. */
  readonly value?: string;
  readonly isRepeatable?: boolean;
  /** An imperative without a full stop, with the default in brackets. */
  readonly help: string;
  /** The heading in the list of options. */
  readonly group?: string;
}

export interface CommandRow {
  readonly options: Readonly<Record<string, OptionRow>>;
  /** The names of the options that must be given. */
  readonly required?: readonly string[];
  /** What follows the command, such as `NAME`, `[NAME]` or `FILE...`; several are separated by a space. */
  readonly operand?: string;
  /** What the usage shows behind the name of the command, where some options exclude others. */
  readonly synopsis?: readonly string[];
  /** An imperative without a full stop. */
  readonly help: string;
  /** Appended to the complaint about one argument too many. */
  readonly strayHint?: string;
}

export interface CommandLineTable {
  /** The words before the command, as a person types them. */
  readonly program: string;
  /** What the program does: paragraphs. */
  readonly about: readonly string[];
  /** By name; without a name, the command of a program that has one only. */
  readonly commands: Readonly<Record<string, CommandRow>>;
  /** The command that is meant when none is given. */
  readonly defaultCommand?: string;
  /** The letter of `--version`. */
  readonly versionShort?: string;
  /** Further explanations, printed as they are. */
  readonly sections?: readonly { readonly heading: string; readonly text: string }[];
  readonly exitStatus: readonly (readonly [status: number, meaning: string])[];
}

/** The rows that every command has. */
export function standardOptions(table: CommandLineTable): Record<string, OptionRow> {
  const { versionShort: short } = table;
  return {
    help: { short: 'h', help: 'print this text' },
    version: { ...(short !== undefined && { short }), help: 'print the version' },
  };
}

/** The option as it is typed: `-c FILE` or `--json`. */
export function inSynopsis(name: string, { short, value }: OptionRow): string {
  const option = short === undefined ? `--${name}` : `-${short}`;
  return value === undefined ? option : `${option} ${value}`;
}
