/** The command line of enf-server: words in, a request out. No file is touched here. */
import { isIP } from 'node:net';
import { parseArgs } from 'node:util';
import { EnfError } from '../../core/errors.ts';
import { logLevels } from '../../platform/log.ts';
import type { LogLevel } from '../../platform/log.ts';
import { faultDefaults } from './faults.ts';
import type { NumberedKind } from './faults.ts';
import type { ListenAddress } from './enf-server.ts';

export type FaultRequest =
  | { readonly kind: NumberedKind; readonly value: number }
  | { readonly kind: 'inject'; readonly file: string };

export interface RunRequest {
  readonly kind: 'run';
  readonly listen: readonly ListenAddress[];
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCaFiles: readonly string[];
  readonly registryFolders: readonly string[];
  readonly anyClient: boolean;
  readonly beyond: { readonly tun: string; readonly offload: boolean } | 'echo' | undefined;
  readonly faults: readonly FaultRequest[];
  readonly logLevel: LogLevel;
  readonly statusSocket: string | undefined;
}

export type Request =
  RunRequest | { readonly kind: 'help' } | { readonly kind: 'wrong'; readonly problem: string };

const options = {
  listen: { type: 'string', multiple: true },
  cert: { type: 'string' },
  key: { type: 'string' },
  'client-ca': { type: 'string', multiple: true },
  registry: { type: 'string', multiple: true },
  'any-client': { type: 'boolean' },
  tun: { type: 'string' },
  'tun-offload': { type: 'string' },
  echo: { type: 'boolean' },
  misbehave: { type: 'string', multiple: true },
  'log-level': { type: 'string' },
  'status-socket': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];

/** `argv` without the program's own name. */
export function parseCommandLine(argv: readonly string[]): Request {
  let values: Values;
  try {
    values = parseArgs({ args: [...argv], options }).values;
  } catch (error) {
    // The first sentence of parseArgs says it: "Unknown option '--ehco'". The rest is about something rarer.
    const [problem] = String(error instanceof Error ? error.message : error).split('. ');
    return { kind: 'wrong', problem: problem ?? '' };
  }
  if (values.help === true) return { kind: 'help' };
  try {
    return runRequest(values);
  } catch (error) {
    if (error instanceof WrongUse) return { kind: 'wrong', problem: error.message };
    throw error;
  }
}

/** Never leaves this file: it becomes a request of kind `wrong`. */
class WrongUse extends EnfError {
  readonly code = 'USAGE';
}

function runRequest(values: Values): RunRequest {
  const clientCaFiles = values['client-ca'] ?? [];
  const registryFolders = values.registry ?? [];
  const anyClient = values['any-client'] === true;
  if (clientCaFiles.length === 0 && registryFolders.length === 0 && !anyClient) {
    throw new WrongUse(
      'no client could connect: use --client-ca FILE, --registry DIR or --any-client',
    );
  }
  return {
    kind: 'run',
    listen: required(values.listen, '--listen [ADDR]:PORT').map(parseListenAddress),
    certFile: required(values.cert, '--cert FILE'),
    keyFile: required(values.key, '--key FILE'),
    clientCaFiles,
    registryFolders,
    anyClient,
    beyond: beyond(values),
    faults: (values.misbehave ?? []).map(parseFault),
    logLevel: logLevel(values['log-level'] ?? 'info'),
    statusSocket: values['status-socket'],
  };
}

function required<T>(value: T | undefined, option: string): T {
  if (value === undefined) throw new WrongUse(`${option} is missing`);
  return value;
}

function beyond(values: Values): RunRequest['beyond'] {
  const offload = values['tun-offload'] ?? 'on';
  if (offload !== 'on' && offload !== 'off') {
    throw new WrongUse(`--tun-offload is "on" or "off", not "${offload}"`);
  }
  if (values.tun === undefined) return values.echo === true ? 'echo' : undefined;
  if (values.echo === true) throw new WrongUse('--tun and --echo exclude each other');
  if (values.tun === '' || Buffer.byteLength(values.tun) > 15 || /[\s/]/.test(values.tun)) {
    throw new WrongUse(`--tun is an interface name of 1 to 15 characters, not "${values.tun}"`);
  }
  return { tun: values.tun, offload: offload === 'on' };
}

function logLevel(word: string): LogLevel {
  const level = logLevels.find((known) => known === word);
  if (level === undefined) {
    throw new WrongUse(`--log-level is one of ${logLevels.join(', ')}, not "${word}"`);
  }
  return level;
}

/** `PORT`, `:PORT`, `1.2.3.4:PORT` or `[2001:db8::1]:PORT`. */
export function parseListenAddress(text: string): ListenAddress {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]:|([^:]*):)?(\d+)$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? '';
  const family = isIP(host);
  const isWrongHost = host !== '' && family !== (bracketed === undefined ? 4 : 6);
  const port = Number(digits);
  if (digits === undefined || port > 65_535 || isWrongHost) {
    throw new WrongUse(
      `--listen is PORT, IPV4:PORT or [IPV6]:PORT (for example [::]:443), not "${text}"`,
    );
  }
  return { host: host === '' ? undefined : host, port };
}

/** Bounds of the number: what the wire or a timer can carry. */
const limits: Readonly<Record<NumberedKind, readonly [least: number, most: number]>> = {
  'close-before-first-byte': [1, 1e9],
  'refuse-after-handshake': [1, 1e9],
  stall: [0, 86_400],
  garbage: [1, 1e6],
  'length-zero': [1, 86_400_000],
  overlong: [1497, 65_535],
  split: [1, 16_384],
  'no-heartbeat': [0, 0],
  'drop-up': [1, 1e9],
  'drop-down': [1, 1e9],
};

export function parseFault(text: string): FaultRequest {
  const [kind = '', ...rest] = text.split('=');
  const value = rest.length === 0 ? undefined : rest.join('=');
  if (kind === 'inject') {
    if (value === undefined || value === '') throw new WrongUse('--misbehave inject=FILE: no file');
    return { kind, file: value };
  }
  if (!isNumberedKind(kind)) {
    const known = [...Object.keys(faultDefaults), 'inject'].join(', ');
    throw new WrongUse(`--misbehave: unknown kind "${kind}"; known: ${known}`);
  }
  const standard = faultDefaults[kind];
  if (value === undefined) return { kind, value: standard ?? 0 };
  const [least, most] = limits[kind];
  if (standard === undefined) throw new WrongUse(`--misbehave ${kind} takes no number`);
  if (!/^\d{1,10}$/.test(value) || Number(value) < least || Number(value) > most) {
    throw new WrongUse(`--misbehave ${kind}=N: N is ${least} to ${most}, not "${value}"`);
  }
  return { kind, value: Number(value) };
}

function isNumberedKind(word: string): word is NumberedKind {
  return Object.hasOwn(faultDefaults, word);
}
