/** Reads the command line of `enftun keygen`. No file is touched here. */
import type { GivenOptions } from '../../platform/command-line/given-options.ts';
import {
  readCommandLine,
  type StandardRequest,
} from '../../platform/command-line/read-command-line.ts';
import { UsageError } from '../../platform/command-line/usage-error.ts';
import { parseAddressRequest, type AddressRequest } from './address-request.ts';
import { defaultConfig, defaultDays, defaultFolder, mostDays, table } from './command-table.ts';
import { defaultIamUrl } from './iam-client.ts';
import type { PasswordSource } from './password-source.ts';

interface Common {
  readonly configFile: string;
  /** For relative names in the configuration. */
  readonly folder: string;
  readonly days: number;
  /** Undefined: as the service has it. */
  readonly owner: string | undefined;
  readonly inTpm: boolean;
  readonly isDryRun: boolean;
  readonly isConfirmed: boolean;
  readonly isJson: boolean;
}

export interface RegisterRequest extends Common {
  readonly command: 'register';
  readonly address: AddressRequest;
  /** Undefined: a person is asked. */
  readonly user: string | undefined;
  readonly password: PasswordSource;
  readonly iamUrl: URL;
  readonly iamCa: string | undefined;
  readonly replaces: boolean;
}

export interface RenewRequest extends Common {
  readonly command: 'renew';
  /** Undefined: whenever the certificate expires. */
  readonly withinDays: number | undefined;
}

type Given = GivenOptions<keyof (typeof table)['commands']['']['options']>;

const longestUser = 254;
const highestDescriptor = 1023;

/** `argv` without the program's own name. */
export function parseKeygenCommandLine(
  argv: readonly string[],
): RegisterRequest | RenewRequest | StandardRequest {
  return readCommandLine<typeof table, RegisterRequest | RenewRequest>(
    table,
    { '': (given) => (given.has('renew') ? renew(given) : register(given)) },
    argv,
  );
}

function register(given: Given): RegisterRequest {
  if (given.has('within')) throw new UsageError('--within goes with --renew only');
  const named = [...given.operands, ...given.list('address')];
  if (named.length !== 1) {
    throw new UsageError('name one IPv6 address, one network with /64, or auto');
  }
  const address = parseAddressRequest(named[0]!);
  if (!address.ok) throw new UsageError(`${JSON.stringify(named[0])} ${address.problem}`);
  return {
    command: 'register',
    ...common(given),
    address: address.request,
    user: userOf(given.text('user')),
    password: passwordSource(given),
    iamUrl: urlOf(given.text('iam-url') ?? defaultIamUrl),
    iamCa: given.text('iam-ca'),
    replaces: given.has('replace'),
  };
}

const ofRegistration = [
  'address',
  'user',
  'password-fd',
  'password-file',
  'iam-url',
  'iam-ca',
  'replace',
  'tpm',
] as const;

function renew(given: Given): RenewRequest {
  const stray = ofRegistration.find((name) => given.has(name));
  if (stray !== undefined) throw new UsageError(`--${stray} does not go with --renew`);
  if (given.operands.length > 0) {
    throw new UsageError('--renew keeps the address of the certificate; leave the argument out');
  }
  const within = given.text('within');
  const withinDays = within === undefined ? undefined : daysOf('within', within);
  return { command: 'renew', ...common(given), withinDays };
}

function common(given: Given): Common {
  return {
    configFile: given.text('config') ?? defaultConfig,
    folder: given.text('directory') ?? defaultFolder,
    days: daysOf('days', given.text('days') ?? String(defaultDays)),
    owner: ownerOf(given.text('owner')),
    inTpm: given.has('tpm'),
    isDryRun: given.has('dry-run'),
    isConfirmed: given.has('yes'),
    isJson: given.has('json'),
  };
}

function daysOf(option: string, text: string): number {
  const days = Number(text);
  if (/^\d{1,4}$/.test(text) && days >= 1 && days <= mostDays) return days;
  throw new UsageError(`--${option} is a number of days, 1 to ${mostDays}, not "${text}"`);
}

export function userOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (text.length <= longestUser && /^[^\p{C}\s]+$/u.test(text)) return text;
  throw new UsageError('--user is an e-mail address without spaces');
}

function ownerOf(name: string | undefined): string | undefined {
  if (name === undefined || /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}$/.test(name)) return name;
  throw new UsageError(`--owner is the name of a user, not "${name}"`);
}

function passwordSource(given: Given): PasswordSource {
  const file = given.text('password-file');
  const descriptor = given.text('password-fd');
  if (file !== undefined && descriptor !== undefined) {
    throw new UsageError('--password-file and --password-fd exclude each other');
  }
  if (file !== undefined) return { from: 'file', file };
  if (descriptor === undefined) return { from: 'terminal' };
  const number = Number(descriptor);
  const isInput =
    /^\d{1,4}$/.test(descriptor) && number <= highestDescriptor && number !== 1 && number !== 2;
  if (isInput) return { from: 'descriptor', descriptor: number };
  throw new UsageError('--password-fd is the number of an open descriptor, such as 0 or 3');
}

function urlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:' || url.username + url.password + url.search + url.hash !== '') {
    throw new UsageError(
      '--iam-url is of the form https://HOST, HTTPS only and without a password',
    );
  }
  return url;
}
