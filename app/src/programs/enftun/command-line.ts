/** Reads the command line of `enftun`. What a command does is in `main.ts`. */
import type { GivenOptions } from '../../platform/command-line/given-options.ts';
import {
  readCommandLine,
  type StandardRequest,
} from '../../platform/command-line/read-command-line.ts';
import { UsageError } from '../../platform/command-line/usage-error.ts';
import { logLevels, type LogLevel } from '../../platform/log.ts';
import { table } from './command-table.ts';

export type Command =
  | { readonly command: 'run'; readonly file: string; readonly logLevel: LogLevel | undefined }
  /** Print one value of the configuration. */
  | { readonly command: 'print'; readonly file: string; readonly key: string }
  /** Read the configuration and report what is wrong with it. */
  | { readonly command: 'check'; readonly file: string; readonly isStrict: boolean }
  /** Ask running services how they are. */
  | { readonly command: 'status'; readonly of: StatusPlace; readonly format: StatusFormat }
  /** Gather what support needs to see. */
  | { readonly command: 'report'; readonly file: string; readonly socket: string | undefined }
  /** Serve the page for the person at the host. */
  | {
      readonly command: 'page';
      readonly socket: string;
      readonly listen: { readonly host: string; readonly port: number } | undefined;
      readonly logLevel: LogLevel | undefined;
    }
  /** Explain the keys of the configuration. */
  | { readonly command: 'keys'; readonly isMarkdown: boolean }
  /** WiFi has a command line of its own: wifi/command-line.ts. */
  | { readonly command: 'wifi'; readonly argv: readonly string[] }
  /** So has keygen: programs/keygen/command-line.ts. */
  | { readonly command: 'keygen'; readonly argv: readonly string[] };

/** For people, or for programs: docs/status.md, docs/metrics.md. */
export type StatusFormat = 'text' | 'json' | 'openmetrics';

/** Whose status socket is meant. */
export type StatusPlace =
  | { readonly by: 'all' }
  | { readonly by: 'name'; readonly name: string }
  | { readonly by: 'file'; readonly file: string }
  | { readonly by: 'socket'; readonly path: string };

/** `argv` without the program's own name. */
export function parseCommandLine(argv: readonly string[]): Command | StandardRequest {
  const [word, ...rest] = argv;
  if (word === 'wifi') return { command: 'wifi', argv: rest };
  if (word === 'keygen') return { command: 'keygen', argv: rest };
  if (word === 'renew') return { command: 'keygen', argv: ['--renew', ...rest] };
  return readCommandLine<typeof table, Command>(
    table,
    {
      run,
      status,
      check: (given) => ({
        command: 'check',
        file: given.required('config'),
        isStrict: given.has('strict'),
      }),
      report: (given) => ({
        command: 'report',
        file: given.required('config'),
        socket: given.text('socket'),
      }),
      keys: (given) => ({ command: 'keys', isMarkdown: given.has('markdown') }),
      wifi: () => {
        throw new UsageError('options of wifi follow it: enftun wifi COMMAND --OPTION');
      },
      keygen: () => {
        throw new UsageError('options of keygen follow it: enftun keygen --OPTION');
      },
      renew: () => {
        throw new UsageError('options of renew follow it: enftun renew --OPTION');
      },
      page: (given) => ({
        command: 'page',
        socket: given.required('socket'),
        listen: listenAddress(given.text('listen')),
        logLevel: given.oneOf('log-level', logLevels),
      }),
    },
    argv,
  );
}

function run(given: GivenOptions<'config' | 'print' | 'log-level'>): Command {
  const file = given.required('config');
  const key = given.text('print');
  const logLevel = given.oneOf('log-level', logLevels);
  return key === undefined ? { command: 'run', file, logLevel } : { command: 'print', file, key };
}

function status(given: GivenOptions<'config' | 'socket' | 'json' | 'openmetrics'>): Command {
  const [name] = given.operands;
  const file = given.text('config');
  const path = given.text('socket');
  const named = [name, file, path].filter((one) => one !== undefined);
  if (named.length > 1) throw new UsageError('give a name, -c FILE or --socket PATH, not several');
  if (name?.includes('/')) {
    throw new UsageError(`${name} is not a name; for a file use -c FILE`);
  }
  if (given.has('json') && given.has('openmetrics')) {
    throw new UsageError('give --json or --openmetrics, not both');
  }
  const format = given.has('json') ? 'json' : given.has('openmetrics') ? 'openmetrics' : 'text';
  const of: StatusPlace =
    name !== undefined
      ? { by: 'name', name }
      : file !== undefined
        ? { by: 'file', file }
        : path !== undefined
          ? { by: 'socket', path }
          : { by: 'all' };
  return { command: 'status', of, format };
}

function listenAddress(text: string | undefined): { host: string; port: number } | undefined {
  if (text === undefined) return undefined;
  const [, host, port] = /^\[([\da-f:.]+(?:%[\w.-]+)?)\]:(\d{1,5})$/i.exec(text) ?? [];
  if (host !== undefined && Number(port) <= 65535) return { host, port: Number(port) };
  throw new UsageError(`--listen ${text} is not of the form [ADDRESS%INTERFACE]:PORT`);
}
