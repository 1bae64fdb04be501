/** Reads the command line of `enf-server`. No file is touched here. */
import { isIP } from 'node:net';
import type { GivenOptions } from '../../platform/command-line/given-options.ts';
import {
  readCommandLine,
  type StandardRequest,
} from '../../platform/command-line/read-command-line.ts';
import { UsageError } from '../../platform/command-line/usage-error.ts';
import { logLevels, type LogLevel } from '../../platform/log.ts';
import { parseIpv6 } from '../../wire/ipv6-address.ts';
import { defaultIamNetwork, defaultIamUser, table } from './command-table.ts';
import { faultDefaults } from './faults.ts';
import type { NumberedKind } from './faults.ts';
import type { ListenAddress } from './enf-server.ts';
import { faultKinds, parseIamFault, type IamFault } from './iam/faults.ts';
import type { IamRequest } from './iam/open-iam.ts';
import { faultKinds as xttFaultKinds, parseXttFault, type XttFault } from './xtt/faults.ts';
import type { XttRequest } from './xtt/open-xtt.ts';

export type FaultRequest =
  | { readonly kind: NumberedKind; readonly value: number }
  | { readonly kind: 'inject'; readonly file: string };

export interface RunRequest {
  readonly command: 'run';
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
  readonly iam: IamRequest | undefined;
  readonly xtt: XttRequest | undefined;
}

type Given = GivenOptions<keyof (typeof table)['commands']['']['options']>;

/** `argv` without the program's own name. */
export function parseCommandLine(argv: readonly string[]): RunRequest | StandardRequest {
  return readCommandLine<typeof table, RunRequest>(table, { '': run }, argv);
}

function run(given: Given): RunRequest {
  const clientCaFiles = given.list('client-ca');
  const registryFolders = given.list('registry');
  const anyClient = given.has('any-client');
  const iam = iamRequest(given);
  const xtt = xttRequest(given);
  const admitsNone = clientCaFiles.length === 0 && registryFolders.length === 0 && !anyClient;
  if (admitsNone && iam === undefined && xtt === undefined) {
    throw new UsageError(
      'no client could connect: use --client-ca FILE, --registry DIR, --any-client, --iam PORT or --xtt PORT',
    );
  }
  return {
    command: 'run',
    listen: given.list('listen').map((text) => parseListenAddress(text)),
    certFile: given.required('cert'),
    keyFile: given.required('key'),
    clientCaFiles,
    registryFolders,
    anyClient,
    beyond: beyond(given),
    faults: given.list('misbehave').map(parseFault),
    logLevel: given.oneOf('log-level', logLevels) ?? 'info',
    statusSocket: given.text('status-socket'),
    iam,
    xtt,
  };
}

function iamRequest(given: Given): IamRequest | undefined {
  const listen = given.text('iam');
  const passwordFile = given.text('iam-password-file');
  const faults = given.list('iam-misbehave').map(iamFault);
  const network = networkBytes(given, 'iam-network');
  if (listen === undefined) {
    const others = [passwordFile, given.text('iam-user'), given.text('iam-network'), faults[0]];
    if (others.every((one) => one === undefined)) return undefined;
    throw new UsageError('--iam [ADDR]:PORT is missing');
  }
  if (passwordFile === undefined) throw new UsageError('--iam needs --iam-password-file FILE');
  const user = given.text('iam-user') ?? defaultIamUser;
  return { listen: parseListenAddress(listen, '--iam'), user, passwordFile, network, faults };
}

function iamFault(text: string): IamFault {
  const fault = parseIamFault(text);
  if (fault !== undefined) return fault;
  const known = faultKinds.join(', ');
  throw new UsageError(`--iam-misbehave: unknown kind "${text}"; known: ${known}`);
}

function xttRequest(given: Given): XttRequest | undefined {
  const listen = given.text('xtt');
  const groupFolder = given.text('xtt-group');
  const faults = given.list('xtt-misbehave').map(xttFault);
  const network = networkBytes(given, 'xtt-network');
  if (listen === undefined) {
    if (groupFolder === undefined && faults.length === 0) return undefined;
    throw new UsageError('--xtt [ADDR]:PORT is missing');
  }
  if (groupFolder === undefined) throw new UsageError('--xtt needs --xtt-group DIR');
  const basenames = given.list('xtt-basename');
  return { listen: parseListenAddress(listen, '--xtt'), groupFolder, basenames, network, faults };
}

function xttFault(text: string): XttFault {
  const fault = parseXttFault(text);
  if (fault !== undefined) return fault;
  const known = xttFaultKinds.join(', ');
  throw new UsageError(`--xtt-misbehave: unknown kind "${text}"; known: ${known}`);
}

function networkBytes(given: Given, option: 'iam-network' | 'xtt-network'): Uint8Array {
  const text = given.text(option) ?? defaultIamNetwork;
  const bytes = text.endsWith('/64') ? parseIpv6(text.slice(0, -3)) : undefined;
  if (bytes !== undefined && bytes.subarray(8).every((byte) => byte === 0)) return bytes;
  throw new UsageError(`--${option} is a network such as ${defaultIamNetwork}, not "${text}"`);
}

function beyond(given: Given): RunRequest['beyond'] {
  const offload = given.oneOf('tun-offload', ['on', 'off']) ?? 'on';
  const tun = given.text('tun');
  if (tun === undefined) return given.has('echo') ? 'echo' : undefined;
  if (given.has('echo')) throw new UsageError('--tun and --echo exclude each other');
  if (Buffer.byteLength(tun) > 15 || /[\s/]/.test(tun)) {
    throw new UsageError(`--tun is an interface name of 1 to 15 characters, not "${tun}"`);
  }
  return { tun, offload: offload === 'on' };
}

/** `PORT`, `:PORT`, `1.2.3.4:PORT` or `[2001:db8::1]:PORT`. */
export function parseListenAddress(text: string, option = '--listen'): ListenAddress {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]:|([^:]*):)?(\d+)$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? '';
  const family = isIP(host);
  const isWrongHost = host !== '' && family !== (bracketed === undefined ? 4 : 6);
  const port = Number(digits);
  if (digits === undefined || port > 65_535 || isWrongHost) {
    throw new UsageError(
      `${option} is PORT, IPV4:PORT or [IPV6]:PORT (for example [::]:443), not "${text}"`,
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
    if (value === undefined || value === '')
      throw new UsageError('--misbehave inject=FILE: no file');
    return { kind, file: value };
  }
  if (!isNumberedKind(kind)) {
    const known = [...Object.keys(faultDefaults), 'inject'].join(', ');
    throw new UsageError(`--misbehave: unknown kind "${kind}"; known: ${known}`);
  }
  const standard = faultDefaults[kind];
  if (value === undefined) return { kind, value: standard ?? 0 };
  const [least, most] = limits[kind];
  if (standard === undefined) throw new UsageError(`--misbehave ${kind} takes no number`);
  if (!/^\d{1,10}$/.test(value) || Number(value) < least || Number(value) > most) {
    throw new UsageError(`--misbehave ${kind}=N: N is ${least} to ${most}, not "${value}"`);
  }
  return { kind, value: Number(value) };
}

function isNumberedKind(word: string): word is NumberedKind {
  return Object.hasOwn(faultDefaults, word);
}
