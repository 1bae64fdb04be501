/**
 * Serial number and MAC addresses of the USB link, from the identity area that is written when a card is made
 * (/rom/serial, /rom/mac_address/1 for the host's end, /rom/mac_address/2 for the card's). A card must come up
 * without them, too: what is missing or unusable is derived, with a warning.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { canonicalMac } from 'usb-gadget';
import { EnvironmentError } from '../../core/errors.ts';
import { derivedMac, derivedSerial } from './derived-identity.ts';

export interface CardIdentity {
  serial: string;
  hostMac: string;
  deviceMac: string;
  /** What had to be derived and why, a line each. */
  warnings: string[];
}

export interface IdentityPaths {
  /** `/rom` */
  folder: string;
  /** `/etc/machine-id` */
  machineIdFile: string;
}

const macNumber = { host: 1, device: 2 } as const;

export async function readCardIdentity(paths: IdentityPaths): Promise<CardIdentity> {
  const warnings: string[] = [];
  const serialFile = path.join(paths.folder, 'serial');
  const written = await readLine(serialFile);
  let serial = written ?? '';
  if (!isSerial(serial)) {
    serial = derivedSerial(await readMachineId(paths.machineIdFile, serialFile));
    const reason =
      written === undefined || written === ''
        ? `no serial number in ${serialFile}`
        : `the serial number in ${serialFile} cannot be used: it is 1 to 126 printable characters without blanks and commas`;
    warnings.push(`${reason}; using ${serial}, from the machine id`);
  }

  const mac = async (number: number, taken?: string): Promise<string> => {
    const file = path.join(paths.folder, 'mac_address', String(number));
    const text = await readLine(file);
    const address = canonicalMac(text ?? '');
    if (address !== undefined && address !== taken) return address;
    const derived = derivedMac(serial, number);
    const reason =
      address !== undefined
        ? `the same MAC address again in ${file}`
        : text === undefined || text === ''
          ? `no MAC address in ${file}`
          : `the MAC address in ${file} cannot be used`;
    warnings.push(`${reason}; using ${derived}, from the serial number`);
    return derived;
  };
  const hostMac = await mac(macNumber.host);
  const deviceMac = await mac(macNumber.device, hostMac);
  return { serial, hostMac, deviceMac, warnings };
}

/** Printable, no space and no comma, which Windows does not take; not a placeholder that was never filled in. */
function isSerial(text: string): boolean {
  return /^[\x21-\x2b\x2d-\x7e]{1,126}$/.test(text) && !/^@.*@$/.test(text);
}

async function readMachineId(file: string, serialFile: string): Promise<string> {
  const id = await readLine(file);
  if (id !== undefined && /^[0-9a-f]{32}$/.test(id)) return id;
  throw new EnvironmentError(
    `neither ${serialFile} nor ${file} identifies this card; write its serial number to the first`,
    { errno: 'ENOENT', syscall: 'read' },
  );
}

/** The first line; undefined when the file cannot be read, for whatever reason: the link is worth more than it. */
async function readLine(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).split(/\r?\n/)[0]?.trimEnd();
  } catch {
    return undefined;
  }
}
