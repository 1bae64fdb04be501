/**
 * The command line of `enftun`: `-c FILE`, `-p KEY`, `-h`, `-v` as ever, long forms beside them, and subcommands for
 * the rest. Reads only; what a command does is in `main.ts`.
 */
import { parseArgs } from 'node:util';
import { logLevels, type LogLevel } from '../../platform/log.ts';

export type Command =
  | { readonly command: 'help' }
  | { readonly command: 'version' }
  | { readonly command: 'run'; readonly file: string; readonly logLevel: LogLevel | undefined }
  /** Print one value of the configuration. */
  | { readonly command: 'print'; readonly file: string; readonly key: string }
  /** Read the configuration and report what is wrong with it. */
  | { readonly command: 'check'; readonly file: string; readonly isStrict: boolean }
  /** Ask running services how they are. */
  | { readonly command: 'status'; readonly of: StatusPlace; readonly isJson: boolean }
  /** Gather what somebody who helps needs to know. */
  | { readonly command: 'report'; readonly file: string; readonly socket: string | undefined }
  /** Serve the page for the person at the host. */
  | {
      readonly command: 'page';
      readonly socket: string;
      readonly listen: { readonly host: string; readonly port: number } | undefined;
    }
  /** Explain the keys of the configuration. */
  | { readonly command: 'keys'; readonly isMarkdown: boolean }
  /** WiFi has words of its own: wifi/command-line.ts. */
  | { readonly command: 'wifi'; readonly argv: readonly string[] }
  | { readonly command: 'usage error'; readonly problem: string };

/** Whose status socket is meant. */
export type StatusPlace =
  | { readonly by: 'all' }
  | { readonly by: 'name'; readonly name: string }
  | { readonly by: 'file'; readonly file: string }
  | { readonly by: 'socket'; readonly path: string };

const options = {
  config: { type: 'string', short: 'c' },
  print: { type: 'string', short: 'p' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
  'log-level': { type: 'string' },
  strict: { type: 'boolean' },
  markdown: { type: 'boolean' },
  json: { type: 'boolean' },
  socket: { type: 'string' },
  listen: { type: 'string' },
} as const;

type OptionName = keyof typeof options;
type Given = Map<OptionName, string | true>;
type Subcommand = 'run' | 'check' | 'keys' | 'status' | 'report' | 'page';

const allowed: Record<Subcommand, readonly OptionName[]> = {
  run: ['config', 'print', 'log-level'],
  check: ['config', 'strict'],
  keys: ['markdown'],
  status: ['config', 'socket', 'json'],
  report: ['config', 'socket'],
  page: ['socket', 'listen', 'log-level'],
};

/** `argv` without the program's own name. */
export function parseCommandLine(argv: readonly string[]): Command {
  if (argv[0] === 'wifi') return { command: 'wifi', argv: argv.slice(1) };
  const given: Given = new Map();
  const words: string[] = [];
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    if (!isOption(token.name)) return usageError(`unknown option ${token.rawName}`);
    const takesValue = options[token.name].type === 'string';
    if (!takesValue && token.value !== undefined) {
      return usageError(`option ${token.rawName} takes no value`);
    }
    // `-c -p KEY` is a forgotten file, not a file named `-p`; that one is `-c ./-p`, or `-c-p`.
    if (takesValue && (!token.value || (!token.inlineValue && token.value.startsWith('-')))) {
      return usageError(`option ${token.rawName} needs a value`);
    }
    given.set(token.name, token.value ?? true);
  }
  if (given.has('help')) return { command: 'help' };
  if (given.has('version')) return { command: 'version' };
  return command(given, words);
}

function command(given: Given, [word = 'run', ...more]: readonly string[]): Command {
  if (!isSubcommand(word)) return usageError(`unknown command ${word}`);
  const unexpected = word === 'status' ? more[1] : more[0];
  if (unexpected !== undefined) return usageError(`unexpected argument ${unexpected}`);
  for (const name of given.keys()) {
    if (!allowed[word].includes(name)) {
      return usageError(
        `option --${name} cannot be combined with ${word === 'run' ? 'a run' : word}`,
      );
    }
  }
  if (word === 'keys') return { command: 'keys', isMarkdown: given.has('markdown') };

  const socket = text(given, 'socket');
  if (word === 'status') return statusCommand(given, more[0]);
  if (word === 'page') return pageCommand(given, socket);

  const file = text(given, 'config');
  if (file === undefined) return usageError('no configuration given; use -c FILE');
  if (word === 'check') return { command: 'check', file, isStrict: given.has('strict') };

  if (word === 'report') return { command: 'report', file, socket };

  const level = text(given, 'log-level');
  if (level !== undefined && !isLogLevel(level)) {
    return usageError(`unknown log level ${level}; one of ${logLevels.join(', ')}`);
  }
  const key = text(given, 'print');
  return key === undefined
    ? { command: 'run', file, logLevel: level }
    : { command: 'print', file, key };
}

function statusCommand(given: Given, name: string | undefined): Command {
  const file = text(given, 'config');
  const socket = text(given, 'socket');
  const named = [name, file, socket].filter((one) => one !== undefined);
  if (named.length > 1) return usageError('give a name, -c FILE or --socket PATH, not several');
  if (name?.includes('/')) return usageError(`${name} is not a name; for a file use -c FILE`);
  const of: StatusPlace =
    name !== undefined
      ? { by: 'name', name }
      : file !== undefined
        ? { by: 'file', file }
        : socket !== undefined
          ? { by: 'socket', path: socket }
          : { by: 'all' };
  return { command: 'status', of, isJson: given.has('json') };
}

function pageCommand(given: Given, socket: string | undefined): Command {
  if (socket === undefined) return usageError('no status socket given; use --socket PATH');
  const wanted = text(given, 'listen');
  if (wanted === undefined) return { command: 'page', socket, listen: undefined };
  const [, host, port] = /^\[([\da-f:.]+(?:%[\w.-]+)?)\]:(\d{1,5})$/i.exec(wanted) ?? [];
  if (host === undefined || !(Number(port) <= 65535)) {
    return usageError(`--listen ${wanted} is not of the form [ADDRESS%INTERFACE]:PORT`);
  }
  return { command: 'page', socket, listen: { host, port: Number(port) } };
}

export function isLogLevel(word: string): word is LogLevel {
  return logLevels.some((level) => level === word);
}

function text(given: Given, name: OptionName): string | undefined {
  const value = given.get(name);
  return value === true ? undefined : value;
}

function isOption(name: string): name is OptionName {
  return Object.hasOwn(options, name);
}

function isSubcommand(word: string): word is Subcommand {
  return Object.hasOwn(allowed, word);
}

function usageError(problem: string): Command {
  return { command: 'usage error', problem };
}
