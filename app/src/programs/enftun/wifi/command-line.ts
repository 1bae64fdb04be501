/** The words after `enftun wifi`. */
import { parseArgs } from 'node:util';
import type { Security } from './security.ts';
import { ssidOfHex, ssidOfText, type Ssid } from './ssid.ts';

/** What is meant: an interface, and where its networks are kept. */
export interface WifiPlace {
  readonly interfaceName: string;
  readonly folder: string;
}

export type WifiRequest =
  | { readonly command: 'help' }
  | { readonly command: 'wrong'; readonly problem: string }
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

type Name = Exclude<WifiRequest['command'], 'help' | 'wrong'>;

const options = {
  'passphrase-file': { type: 'string' },
  wpa2: { type: 'boolean' },
  wpa3: { type: 'boolean' },
  open: { type: 'boolean' },
  hidden: { type: 'boolean' },
  priority: { type: 'string' },
  hex: { type: 'boolean' },
  json: { type: 'boolean' },
  interface: { type: 'string', short: 'i' },
  folder: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Besides --interface and --folder. */
const allowed: Readonly<Record<Name, readonly (keyof typeof options)[]>> = {
  add: ['passphrase-file', 'wpa2', 'wpa3', 'open', 'hidden', 'priority', 'hex'],
  remove: ['hex'],
  list: ['json'],
  country: [],
  status: ['json'],
  scan: ['json'],
};

const highestPriority = 1000;

export function parseWifiCommandLine(argv: readonly string[]): WifiRequest {
  let parsed;
  try {
    parsed = parseArgs({ args: [...argv], allowPositionals: true, options });
  } catch (error) {
    // parseArgs throws only for what it was given.
    return wrong(error instanceof Error ? error.message.split('. ')[0]! : String(error));
  }
  const { values, positionals } = parsed;
  const [command, word, ...others] = positionals;
  if (values.help === true) return { command: 'help' };
  if (command === undefined) return wrong('a command is missing');
  if (!isName(command)) return wrong(`unknown command ${command}`);
  for (const name of Object.keys(values) as (keyof typeof options)[]) {
    if (name !== 'interface' && name !== 'folder' && !allowed[command].includes(name)) {
      return wrong(`option --${name} cannot be combined with ${command}`);
    }
  }
  const unexpected = takesWord(command) ? others[0] : word;
  if (unexpected !== undefined) {
    const hint =
      command === 'add' ? '; names with spaces need quotes, passwords are asked for' : '';
    return wrong(`unexpected argument ${unexpected}${hint}`);
  }

  const interfaceName = values.interface ?? 'wlan0';
  if (!/^[A-Za-z0-9_.-]{1,15}$/.test(interfaceName)) {
    return wrong(`${interfaceName} is not the name of an interface`);
  }
  const place = { interfaceName, folder: values.folder ?? '/data/wifi' };
  if (command === 'country') {
    if (word !== undefined && !/^[A-Za-z]{2}$/.test(word)) {
      return wrong(`${word} is not a country code; use two letters such as DE`);
    }
    return { command, country: word?.toUpperCase(), place };
  }
  if (command !== 'add' && command !== 'remove') {
    return { command, isJson: values.json ?? false, place };
  }

  if (word === undefined) return wrong('the name of the network is missing');
  const name = values.hex === true ? ssidOfHex(word) : ssidOfText(word);
  if (!name.ok) return wrong(name.problem);
  const { ssid } = name;
  if (command === 'remove') return { command, ssid, place };

  const kinds = (['wpa2', 'wpa3', 'open'] as const).filter((kind) => values[kind] === true);
  if (kinds.length > 1) return wrong('give one of --wpa2, --wpa3 and --open, or none of them');
  const passwordFile = values['passphrase-file'];
  if (kinds[0] === 'open' && passwordFile !== undefined) {
    return wrong('an open network has no password');
  }
  const priority = Number(values.priority ?? 0);
  if (
    values.priority === '' ||
    !(Number.isInteger(priority) && Math.abs(priority) <= highestPriority)
  ) {
    return wrong(`--priority is a whole number up to ${highestPriority}, not "${values.priority}"`);
  }
  return {
    command,
    ssid,
    security: kinds[0] ?? 'wpa2+wpa3',
    passwordFile,
    isHidden: values.hidden ?? false,
    priority,
    place,
  };
}

function takesWord(command: Name): boolean {
  return command === 'add' || command === 'remove' || command === 'country';
}

function isName(word: string): word is Name {
  return Object.hasOwn(allowed, word);
}

function wrong(problem: string): WifiRequest {
  return { command: 'wrong', problem };
}
