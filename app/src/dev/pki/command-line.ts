/** The command line of enf-pki: words in, a request out. No file is touched here. */
import { parseArgs } from 'node:util';
import type { ParseArgsConfig } from 'node:util';
import { EnfError } from '../../core/errors.ts';
import type { Validity } from './validity.ts';

export const commands = ['ca', 'server', 'client', 'show'] as const;
export type Command = (typeof commands)[number];

interface IssueRequest {
  readonly out: string;
  readonly basename: string;
  readonly force: boolean;
  readonly json: boolean;
  readonly validity: Validity;
}

export type Request =
  | { readonly kind: 'help'; readonly command: Command | undefined }
  | { readonly kind: 'wrong'; readonly problem: string; readonly command: Command | undefined }
  | ({ readonly kind: 'ca'; readonly name: string | undefined } & IssueRequest)
  | ({
      readonly kind: 'server';
      readonly ca: string;
      readonly name: string;
      readonly alternativeNames: readonly string[];
    } & IssueRequest)
  | ({
      readonly kind: 'client';
      /** Folder of the authority; undefined: self-signed. */
      readonly ca: string | undefined;
      readonly address: string;
      readonly nameFormat: 'hex' | 'colons';
    } & IssueRequest)
  | { readonly kind: 'show'; readonly files: readonly string[]; readonly json: boolean };

type OptionTable = NonNullable<ParseArgsConfig['options']>;

const help: OptionTable = { help: { type: 'boolean', short: 'h' }, json: { type: 'boolean' } };
const issue: OptionTable = {
  ...help,
  out: { type: 'string' },
  basename: { type: 'string' },
  force: { type: 'boolean' },
  'not-before': { type: 'string' },
  'not-after': { type: 'string' },
};
const optionTables: Readonly<Record<Command, OptionTable>> = {
  ca: { ...issue, name: { type: 'string' } },
  server: {
    ...issue,
    ca: { type: 'string' },
    name: { type: 'string' },
    san: { type: 'string', multiple: true },
  },
  client: {
    ...issue,
    ca: { type: 'string' },
    'self-signed': { type: 'boolean' },
    address: { type: 'string' },
    format: { type: 'string' },
  },
  show: help,
};

/** `argv` without the program's own name. */
export function parseCommandLine(argv: readonly string[]): Request {
  const [first, ...rest] = argv;
  if (first === undefined || first === '-h' || first === '--help' || first === 'help') {
    return first === undefined ? wrong('a command is missing', undefined) : helpFor(rest[0]);
  }
  if (!isCommand(first)) {
    return wrong(`unknown command "${first}"; known: ${commands.join(', ')}`, undefined);
  }
  let parsed;
  try {
    parsed = parseArgs({ args: rest, options: optionTables[first], allowPositionals: true });
  } catch (error) {
    // The first sentence of parseArgs says it: "Unknown option '--adress'". The rest is about something rarer.
    const [problem] = String(error instanceof Error ? error.message : error).split('. ');
    return wrong(problem ?? '', first);
  }
  if (parsed.values.help === true) return { kind: 'help', command: first };
  const words = new Words(parsed.values);
  try {
    if (first === 'show') return showRequest(parsed.positionals, words);
    if (parsed.positionals[0] !== undefined) {
      throw new WrongUse(`unexpected argument "${parsed.positionals[0]}"`);
    }
    return issueRequest(first, words);
  } catch (error) {
    if (error instanceof WrongUse) return wrong(error.message, first);
    throw error;
  }
}

function showRequest(files: readonly string[], words: Words): Request {
  if (files.length === 0) throw new WrongUse('name at least one certificate file');
  return { kind: 'show', files, json: words.flag('json') };
}

function issueRequest(command: 'ca' | 'server' | 'client', words: Words): Request {
  const common: IssueRequest = {
    out: words.required('out', 'the folder for the files'),
    basename: basename(words.optional('basename') ?? command),
    force: words.flag('force'),
    json: words.flag('json'),
    validity: { notBefore: words.date('not-before'), notAfter: words.date('not-after') },
  };
  switch (command) {
    case 'ca':
      return { kind: 'ca', name: words.optional('name'), ...common };
    case 'server':
      return {
        kind: 'server',
        ca: words.required('ca', 'the folder of the authority'),
        name: words.required('name', 'the name of the server'),
        alternativeNames: words.list('san'),
        ...common,
      };
    case 'client': {
      const ca = words.optional('ca');
      if ((ca !== undefined) === words.flag('self-signed')) {
        throw new WrongUse('give either --ca DIR or --self-signed');
      }
      const address = words.required('address', 'the IPv6 address of the tunnel');
      return { kind: 'client', ca, address, nameFormat: nameFormat(words), ...common };
    }
  }
}

function nameFormat(words: Words): 'hex' | 'colons' {
  const format = words.optional('format') ?? 'hex';
  if (format !== 'hex' && format !== 'colons') {
    throw new WrongUse(`--format is "hex" or "colons", not "${format}"`);
  }
  return format;
}

function basename(text: string): string {
  if (text === '' || text.includes('/') || text.startsWith('.')) {
    throw new WrongUse(`--basename is a plain file name, not "${text}"`);
  }
  return text;
}

/** Never leaves this file: it becomes a request of kind `wrong`. */
class WrongUse extends EnfError {
  readonly code = 'USAGE';
}

/** Typed access to what parseArgs found. */
class Words {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  flag(name: string): boolean {
    return this.#values[name] === true;
  }

  optional(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === 'string' ? value : undefined;
  }

  required(name: string, meaning: string): string {
    const value = this.optional(name);
    if (value === undefined || value === '') throw new WrongUse(`--${name} is missing: ${meaning}`);
    return value;
  }

  list(name: string): string[] {
    const value = this.#values[name];
    return Array.isArray(value) ? value.map(String) : [];
  }

  date(name: string): Date | undefined {
    const text = this.optional(name);
    if (text === undefined) return undefined;
    const date = new Date(text);
    if (!/^\d{4}-\d{2}-\d{2}/.test(text) || Number.isNaN(date.getTime())) {
      throw new WrongUse(
        `--${name} is a date such as 2026-01-31 or 2026-01-31T12:00:00Z, not "${text}"`,
      );
    }
    return date;
  }
}

function wrong(problem: string, command: Command | undefined): Request {
  return { kind: 'wrong', problem, command };
}

function helpFor(word: string | undefined): Request {
  return { kind: 'help', command: word !== undefined && isCommand(word) ? word : undefined };
}

function isCommand(word: string): word is Command {
  return (commands as readonly string[]).includes(word);
}
