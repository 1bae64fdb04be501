/**
 * Finds router cards at this machine's USB ports by the match rule of the protocol: the vendor's id, and an interface
 * of class ff, subclass ab, protocol 00; the product does not matter. Sysfs lists them in every container, and the USB
 * library detects new devices only where udev's messages arrive.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DeviceError } from './errors.ts';

export interface FoundDevice {
  /** Name in sysfs, such as `1-1.4`. */
  readonly device: string;
  readonly bus: number;
  readonly address: number;
}

const vendorId = '2fe0';
const interfaceClass = 'ff/ab/00';

export function findDevices(root = '/sys/bus/usb/devices'): FoundDevice[] {
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
 * Network interfaces that are functions of this device. Throws a DeviceError if they cannot be listed: an empty
 * list would mean that connections may leave through any interface.
 */
export function deviceInterfaces(device: string, root = '/sys/bus/usb/devices'): string[] {
  try {
    return listThere(root)
      .filter((name) => name.startsWith(`${device}:`))
      .flatMap((name) => listThere(path.join(root, name, 'net')));
  } catch (cause) {
    const errno = (cause as NodeJS.ErrnoException).code ?? 'EIO';
    throw new DeviceError('FAILED', `its network interfaces cannot be listed (${errno})`, {
      cause,
    });
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
    // ENODEV: the device was unplugged meanwhile.
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
