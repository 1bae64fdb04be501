/**
 * Cards at this machine's USB ports, by the match rule of the protocol: the vendor's id, and an interface of class ff,
 * subclass ab, protocol 00; the product does not matter. Read from sysfs, because the USB library learns of new devices
 * only where udev's messages reach, which is not so in every container.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { CardError } from './errors.ts';

export interface FoundCard {
  /** Name in sysfs, such as `1-1.4`. */
  readonly device: string;
  readonly bus: number;
  readonly address: number;
}

const vendorId = '2fe0';
const interfaceClass = 'ff/ab/00';

export function findCards(root = '/sys/bus/usb/devices'): FoundCard[] {
  const names = list(root);
  return names
    .filter((name) => /^\d+-[\d.]+$/.test(name) && read(root, name, 'idVendor') === vendorId)
    .filter((name) => names.some((other) => other.startsWith(`${name}:`) && isOurs(root, other)))
    .map((device) => ({
      device,
      bus: Number(read(root, device, 'busnum')),
      address: Number(read(root, device, 'devnum')),
    }))
    .filter(({ bus, address }) => bus > 0 && address > 0);
}

/**
 * Network interfaces that are functions of this device. Throws a CardError if they cannot be listed: a card without
 * interfaces would be a card through which everything may leave.
 */
export function cardInterfaces(device: string, root = '/sys/bus/usb/devices'): string[] {
  try {
    return listThere(root)
      .filter((name) => name.startsWith(`${device}:`))
      .flatMap((name) => listThere(path.join(root, name, 'net')));
  } catch (cause) {
    const errno = (cause as NodeJS.ErrnoException).code ?? 'EIO';
    throw new CardError('FAILED', `its network interfaces cannot be listed (${errno})`, { cause });
  }
}

function isOurs(root: string, name: string): boolean {
  const parts = ['bInterfaceClass', 'bInterfaceSubClass', 'bInterfaceProtocol'];
  return parts.map((part) => read(root, name, part)).join('/') === interfaceClass;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Returns an empty list if the folder does not exist. Throws the system's error if the folder cannot be read. */
function listThere(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).code ?? '';
    // The last: the device has gone meanwhile.
    if (['ENOENT', 'ENOTDIR', 'ENODEV'].includes(errno)) return [];
    throw error;
  }
}

function read(...parts: string[]): string {
  try {
    return readFileSync(path.join(...parts), 'latin1').trim();
  } catch {
    return '';
  }
}
