/** Reads the command line of `psock-host`. */
import type { GivenOptions } from '../../platform/command-line/given-options.ts';
import {
  readCommandLine,
  type StandardRequest,
} from '../../platform/command-line/read-command-line.ts';
import { UsageError } from '../../platform/command-line/usage-error.ts';
import { defaultMaxSockets, table } from './command-table.ts';
import type { TranslationPrefix } from './embedded-ipv4.ts';
import { parseRule, parseTranslationPrefix, type Rule } from './policy.ts';

export interface RunRequest {
  readonly command: 'run';
  readonly rules: readonly Rule[];
  readonly translationPrefixes: readonly TranslationPrefix[];
  readonly maxSockets: number;
  readonly isJson: boolean;
  /** Serve this device, bus and address, and end with it; for the program's own use. */
  readonly device: { readonly bus: number; readonly address: number } | undefined;
}

type Given = GivenOptions<keyof (typeof table)['commands']['']['options']>;

const mostSockets = 1024;

export function parseCommandLine(argv: readonly string[]): RunRequest | StandardRequest {
  return readCommandLine<typeof table, RunRequest>(table, { '': run }, argv);
}

function run(given: Given): RunRequest {
  return {
    command: 'run',
    rules: given.list('allow').map(rule),
    translationPrefixes: given.list('nat64').map(translationPrefix),
    maxSockets: maxSockets(given.text('max-sockets')),
    isJson: given.has('json'),
    device: device(given.text('device')),
  };
}

function rule(text: string): Rule {
  const parsed = parseRule(text);
  if (parsed !== undefined) return parsed;
  throw new UsageError(`--allow is ADDRESS[/LENGTH][:PORT], not "${text}"`);
}

function translationPrefix(text: string): TranslationPrefix {
  const parsed = parseTranslationPrefix(text);
  if (parsed !== undefined) return parsed;
  throw new UsageError(`--nat64 is an IPv6 prefix of 32, 40, 48, 56, 64 or 96 bits, not "${text}"`);
}

function maxSockets(text = String(defaultMaxSockets)): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= mostSockets) return count;
  throw new UsageError(`--max-sockets is a number of 1..${mostSockets}, not "${text}"`);
}

function device(text: string | undefined): RunRequest['device'] {
  if (text === undefined) return undefined;
  const place = /^(\d{1,3}):(\d{1,3})$/.exec(text);
  if (place === null) throw new UsageError(`--device is BUS:ADDRESS, not "${text}"`);
  return { bus: Number(place[1]), address: Number(place[2]) };
}
