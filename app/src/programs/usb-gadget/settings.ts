/**
 * /etc/usb-gadget.json: which card this is and how it shows itself on USB. The keys are described in
 * packages/usb-gadget/README.md.
 */
import { ConfigError } from '../../core/errors.ts';
import { readRegularFile } from '../../platform/regular-file.ts';
import { systemErrno } from '../../platform/system-errno.ts';
import { nearestKey } from '../../config/nearest-key.ts';
import { products, type ProductName } from './products.ts';

export const ethernetKinds = ['ncm', 'ecm', 'rndis'] as const;
export type EthernetKind = (typeof ethernetKinds)[number];

export interface GadgetSettings {
  product: ProductName;
  /** The function that carries the Ethernet link. */
  function: EthernetKind;
  /** A serial line for a login, in development images. */
  console: boolean;
  /** The interface by which the card borrows the host's sockets (psockd). */
  psock: boolean;
  /** Name of the controller below /sys/class/udc; undefined for the only one. */
  controller: string | undefined;
  /** Folder of the identity area. */
  identity: string;
}

export interface LoadedSettings {
  settings: GadgetSettings;
  /** Unknown keys, a line each. */
  warnings: string[];
}

const productNames = Object.keys(products) as ProductName[]; // keys() widens to string
const knownKeys = ['product', 'function', 'console', 'psock', 'controller', 'identity'];

export async function loadSettings(file: string): Promise<LoadedSettings> {
  let content;
  try {
    content = await readRegularFile(file);
  } catch (cause) {
    throw new ConfigError(`cannot be read: ${systemErrno(cause).text}`, { file, cause });
  }
  if (!content.ok) throw new ConfigError(content.problem, { file });
  return parseSettings(content.bytes.toString('utf8'), file);
}

/** Throws a ConfigError naming file and key. */
export function parseSettings(text: string, file: string): LoadedSettings {
  const values = readObject(text, file);
  const refuse = (key: string, expected: string): never => {
    const value = values[key];
    if (value === undefined) throw new ConfigError('missing', { file, key, expected });
    throw new ConfigError('unusable value', { file, key, expected, found: JSON.stringify(value) });
  };
  const oneOf = <Name extends string>(key: string, names: readonly Name[], byDefault?: Name) => {
    const value = values[key] === undefined ? byDefault : values[key];
    return names.find((name) => name === value) ?? refuse(key, names.map(quote).join(' or '));
  };
  const flagOf = (key: string): boolean => {
    const value = values[key] ?? false;
    return typeof value === 'boolean' ? value : refuse(key, 'true or false');
  };
  const textOf = (key: string, pattern: RegExp, expected: string): string | undefined => {
    const value = values[key];
    if (value === undefined || (typeof value === 'string' && pattern.test(value))) return value;
    return refuse(key, expected);
  };

  const settings: GadgetSettings = {
    product: oneOf('product', productNames),
    function: oneOf('function', ethernetKinds, 'ncm'),
    console: flagOf('console'),
    psock: flagOf('psock'),
    controller: textOf('controller', /^[^/\s]+$/, 'a name below /sys/class/udc'),
    identity: textOf('identity', /^\/[^\0]*$/, 'an absolute path') ?? '/rom',
  };
  return { settings, warnings: unknownKeys(values, file) };
}

function readObject(text: string, file: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`is not JSON: ${reason}`, { file, cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ConfigError('unusable', {
      file,
      expected: 'an object such as { "product": "xaprc001" }',
      found: JSON.stringify(value).slice(0, 40),
    });
  }
  // An own copy without a prototype: "constructor" is not a key.
  return Object.assign(Object.create(null), value) as Record<string, unknown>;
}

function unknownKeys(values: Record<string, unknown>, file: string): string[] {
  return Object.keys(values)
    .filter((key) => !knownKeys.includes(key))
    .map((key) => {
      const nearest = nearestKey(key, knownKeys);
      return `${file}: ${key}: unknown key${nearest === undefined ? '' : `; did you mean ${nearest}?`}`;
    });
}

function quote(text: string): string {
  return `"${text}"`;
}
