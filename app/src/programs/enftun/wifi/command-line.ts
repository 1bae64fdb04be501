/** Reads the words after `enftun wifi`. */
import type { GivenOptions } from '../../../platform/command-line/given-options.ts';
import {
  readCommandLine,
  type StandardRequest,
} from '../../../platform/command-line/read-command-line.ts';
import { UsageError } from '../../../platform/command-line/usage-error.ts';
import { defaultFolder, defaultInterface, table } from './command-table.ts';
import type { Security } from './security.ts';
import { ssidOfHex, ssidOfText, type Ssid } from './ssid.ts';

/** What is meant: an interface, and where its networks are kept. */
export interface WifiPlace {
  readonly interfaceName: string;
  readonly folder: string;
}

export type WifiRequest =
  | {
      readonly command: 'add';
      readonly ssid: Ssid;
      readonly security: Security;
      /** Undefined: the password is asked for, or read from standard input. */
      readonly passwordFile: string | undefined;
      readonly isHidden: boolean;
      readonly priority: number;
      readonly place: WifiPlace;
    }
  | { readonly command: 'remove'; readonly ssid: Ssid; readonly place: WifiPlace }
  | {
      readonly command: 'country';
      readonly country: string | undefined;
      readonly place: WifiPlace;
    }
  | {
      readonly command: 'list' | 'status' | 'scan';
      readonly isJson: boolean;
      readonly place: WifiPlace;
    };

type PlaceOptions = GivenOptions<'interface' | 'folder'>;
type AddOptions = GivenOptions<keyof (typeof table)['commands']['add']['options']>;

const highestPriority = 1000;

export function parseWifiCommandLine(argv: readonly string[]): WifiRequest | StandardRequest {
  const reading =
    (command: 'list' | 'status' | 'scan') => (given: PlaceOptions & GivenOptions) => ({
      command,
      isJson: given.has('json'),
      place: placeOf(given),
    });
  return readCommandLine<typeof table, WifiRequest>(
    table,
    {
      add,
      remove: (given) => ({ command: 'remove', ssid: ssidOf(given), place: placeOf(given) }),
      list: reading('list'),
      country: (given) => ({
        command: 'country',
        country: countryOf(given.operands[0]),
        place: placeOf(given),
      }),
      status: reading('status'),
      scan: reading('scan'),
    },
    argv,
  );
}

function add(given: AddOptions): WifiRequest {
  const kinds = (['wpa2', 'wpa3', 'open'] as const).filter((kind) => given.has(kind));
  if (kinds.length > 1) {
    throw new UsageError('give one of --wpa2, --wpa3 and --open, or none of them');
  }
  const passwordFile = given.text('passphrase-file');
  if (kinds[0] === 'open' && passwordFile !== undefined) {
    throw new UsageError('an open network has no password');
  }
  return {
    command: 'add',
    ssid: ssidOf(given),
    security: kinds[0] ?? 'wpa2+wpa3',
    passwordFile,
    isHidden: given.has('hidden'),
    priority: priorityOf(given.text('priority')),
    place: placeOf(given),
  };
}

function priorityOf(text = '0'): number {
  const priority = Number(text);
  if (Number.isInteger(priority) && Math.abs(priority) <= highestPriority) return priority;
  throw new UsageError(`--priority is a whole number up to ${highestPriority}, not "${text}"`);
}

function placeOf(given: PlaceOptions): WifiPlace {
  const interfaceName = given.text('interface') ?? defaultInterface;
  if (!/^[A-Za-z0-9_.-]{1,15}$/.test(interfaceName)) {
    throw new UsageError(`${interfaceName} is not the name of an interface`);
  }
  return { interfaceName, folder: given.text('folder') ?? defaultFolder };
}

function ssidOf(given: GivenOptions<'hex'>): Ssid {
  const [word = ''] = given.operands;
  const name = given.has('hex') ? ssidOfHex(word) : ssidOfText(word);
  if (!name.ok) throw new UsageError(name.problem);
  return name.ssid;
}

function countryOf(word: string | undefined): string | undefined {
  if (word === undefined || /^[A-Za-z]{2}$/.test(word)) return word?.toUpperCase();
  throw new UsageError(`${word} is not a country code; use two letters such as DE`);
}
