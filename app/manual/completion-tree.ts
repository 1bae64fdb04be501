/** What can follow which words of a command line, for the completion of a shell: from the tables of command lines. */
import { standardOptions, type CommandLineTable } from '../src/platform/command-line/table.ts';

/** What the shell offers for a value. `tunnels` are the names of the configurations in /etc/enftun. */
export type Values =
  | { readonly kind: 'files' | 'folders' | 'interfaces' | 'tunnels' | 'anything' }
  | { readonly kind: 'words'; readonly words: readonly string[] };

export interface CompletedOption {
  /** As they are typed, with their dashes. */
  readonly names: readonly string[];
  readonly help: string;
  /** Undefined for a switch. */
  readonly value?: { readonly name: string; readonly values: Values };
  readonly isRepeatable: boolean;
}

export interface CompletedCommand {
  readonly options: readonly CompletedOption[];
  readonly operand?: { readonly name: string; readonly values: Values };
  readonly commands: ReadonlyMap<
    string,
    { readonly help: string; readonly command: CompletedCommand }
  >;
}

export interface CompletionSource {
  readonly table: CommandLineTable;
  /** The tables of commands that have one of their own. */
  readonly nested?: Readonly<Record<string, CommandLineTable>>;
  /** Values by the words that the help has for them; not for nested tables. */
  readonly values?: Readonly<Record<string, Values>>;
}

const usualValues: Readonly<Record<string, Values>> = {
  FILE: { kind: 'files' },
  PATH: { kind: 'files' },
  DIR: { kind: 'folders' },
  FOLDER: { kind: 'folders' },
  IF: { kind: 'interfaces' },
  LEVEL: { kind: 'words', words: ['error', 'warning', 'info', 'debug'] },
};

export function completionTree({
  table,
  nested = {},
  values = {},
}: CompletionSource): CompletedCommand {
  const named = Object.entries(table.commands).filter(
    ([name]) => name !== '' && name !== table.defaultCommand,
  );
  const commands = named.map(([name, { help }]) => {
    const own = nested[name];
    const command =
      own === undefined ? commandOf(table, name, values) : completionTree({ table: own });
    return [name, { help, command }] as const;
  });
  const start = commandOf(table, table.defaultCommand ?? '', values);
  return { ...start, commands: new Map(commands) };
}

function commandOf(
  table: CommandLineTable,
  name: string,
  values: Readonly<Record<string, Values>>,
): CompletedCommand {
  const row = table.commands[name] ?? { options: {}, help: '' };
  const all = Object.entries({ ...row.options, ...standardOptions(table) });
  const options = all.map(([long, { short, value, help, isRepeatable = false }]) => ({
    names: [...(short === undefined ? [] : [`-${short}`]), `--${long}`],
    help,
    ...(value !== undefined && { value: { name: value, values: valuesOf(value, values) } }),
    isRepeatable,
  }));
  const operand = row.operand?.replaceAll(/[[\].]/g, '');
  return {
    options,
    ...(operand !== undefined && { operand: { name: operand, values: valuesOf(operand, values) } }),
    commands: new Map(),
  };
}

function valuesOf(name: string, own: Readonly<Record<string, Values>>): Values {
  const words = name.split('|');
  if (words.length > 1 && words.every((word) => /^[a-z]+$/.test(word)))
    return { kind: 'words', words };
  return own[name] ?? usualValues[name] ?? { kind: 'anything' };
}
