/**
 * Reads a command line by its table. Options may stand before the command or behind it. What the values mean is judged
 * by a reader for each command, which makes the request of them.
 */
import { parseArgs } from 'node:util';
import { GivenOptions } from './given-options.ts';
import { inSynopsis, standardOptions, type CommandLineTable, type OptionRow } from './table.ts';
import { UsageError } from './usage-error.ts';

/** What `PROGRAM --help`, `PROGRAM --version` and mistakes become, for every program. */
export type StandardRequest =
  | { readonly command: 'help'; readonly of?: string }
  | { readonly command: 'version' }
  | { readonly command: 'wrong'; readonly problem: string; readonly of?: string };

/** For each command, what makes a request of its options. Throws UsageError. */
export type Readers<Table extends CommandLineTable, Request> = {
  readonly [Name in keyof Table['commands']]: (
    given: GivenOptions<Extract<keyof Table['commands'][Name]['options'], string>>,
  ) => Request;
};

/** `argv` without the program's own name. */
export function readCommandLine<Table extends CommandLineTable, Request>(
  table: Table,
  readers: Readers<Table, Request>,
  argv: readonly string[],
): Request | StandardRequest {
  let of: string | undefined;
  try {
    const { values, words, mistake } = split(table, argv);
    const isHelp = words[0] === 'help' && isNamed(table);
    if (isHelp) words.shift();
    const [word = ''] = words;
    of = word !== '' && Object.hasOwn(table.commands, word) ? word : undefined;
    if (mistake !== undefined) throw mistake;
    if (isHelp || values.has('help')) return { command: 'help', ...(of !== undefined && { of }) };
    if (values.has('version')) return { command: 'version' };

    const name = commandName(table, words);
    const row = table.commands[name]!;
    for (const option of values.keys()) {
      if (Object.hasOwn(row.options, option)) continue;
      throw new UsageError(misplaced(table, option, of));
    }
    checkOperands(table, name, words);
    for (const option of row.required ?? []) {
      if (values.has(option)) continue;
      throw new UsageError(`option ${inSynopsis(option, row.options[option]!)} is missing`);
    }
    // The readers ask for the options of their commands by name, and no others have passed.
    const reader = readers[name] as (given: GivenOptions) => Request;
    return reader(new GivenOptions(values, words));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { command: 'wrong', problem: error.message, ...(of !== undefined && { of }) };
  }
}

function split(
  table: CommandLineTable,
  argv: readonly string[],
): { values: Map<string, string[]>; words: string[]; mistake: UsageError | undefined } {
  const rows = everyOption(table);
  const options = Object.fromEntries(
    [...rows].map(([name, { short, value }]) => {
      const type = value === undefined ? ('boolean' as const) : ('string' as const);
      return [name, { type, ...(short !== undefined && { short }) }];
    }),
  );
  const values = new Map<string, string[]>();
  const words: string[] = [];
  let mistake: UsageError | undefined;
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const problem = problemOf(token, rows.get(token.name));
    if (problem !== undefined) mistake ??= new UsageError(problem);
    values.set(token.name, [...(values.get(token.name) ?? []), token.value ?? '']);
  }
  return { values, words, mistake };
}

interface OptionToken {
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function problemOf(
  { rawName, value, inlineValue }: OptionToken,
  row: OptionRow | undefined,
): string | undefined {
  if (row === undefined) return `unknown option ${rawName}`;
  if (row.value === undefined) {
    return value === undefined ? undefined : `option ${rawName} takes no value`;
  }
  // `-c -p KEY` is a forgotten file, not a file named `-p`; that one is `-c ./-p`, or `-c-p`.
  const isForgotten = !value || (!inlineValue && value.startsWith('-'));
  return isForgotten ? `option ${rawName} needs a value` : undefined;
}

/** Every option of the program by name: one name means the same kind of option for all commands. */
function everyOption(table: CommandLineTable): Map<string, OptionRow> {
  const own = Object.values(table.commands).flatMap(({ options }) => Object.entries(options));
  return new Map([...own, ...Object.entries(standardOptions(table))]);
}

/** Takes the name of the command off `words`. */
function commandName(table: CommandLineTable, words: string[]): string {
  if (!isNamed(table)) return '';
  const word = words.shift() ?? table.defaultCommand;
  if (word !== undefined && Object.hasOwn(table.commands, word)) return word;
  const known = Object.keys(table.commands).filter((name) => name !== table.defaultCommand);
  const problem = word === undefined ? 'no command given' : `unknown command ${word}`;
  throw new UsageError(`${problem}; one of ${known.join(', ')}`);
}

function isNamed({ commands }: CommandLineTable): boolean {
  return !Object.hasOwn(commands, '');
}

function misplaced(table: CommandLineTable, option: string, of: string | undefined): string {
  if (of !== undefined) return `option --${option} cannot be combined with ${of}`;
  const takers = Object.entries(table.commands).filter(([, row]) => option in row.options);
  return `option --${option} needs a command: ${takers.map(([name]) => name).join(' or ')}`;
}

function checkOperands(table: CommandLineTable, name: string, words: readonly string[]): void {
  const { operand: operands = '', strayHint = '' } = table.commands[name]!;
  const expected = operands.split(' ').filter(Boolean);
  const most = /\.\.\.\]?$/.test(operands) ? Infinity : expected.length;
  const stray = words[most];
  if (stray !== undefined) throw new UsageError(`unexpected argument ${stray}${strayHint}`);
  const missing = expected.slice(words.length).find((word) => !word.startsWith('['));
  if (missing === undefined) return;
  const operand = missing.replace('...', '');
  throw new UsageError(name === '' ? `${operand} is missing` : `${name} needs ${operand}`);
}
