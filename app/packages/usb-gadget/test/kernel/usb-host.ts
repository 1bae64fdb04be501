/**
 * What a Linux host sees of a USB device, read from sysfs. With dummy_hcd the host is this very machine.
 *
 *   findUsbDevice     the device with these ids and this serial number, or undefined
 *   readUsbDevice     ids, versions, class, strings, configuration, and each interface with its class, driver and
 *                     endpoints
 *   networkInterface  the name of the network interface with this MAC address, and its driver
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface UsbDevice {
  /** Such as `/sys/bus/usb/devices/2-1`. */
  folder: string;
  vendorId: string;
  productId: string;
  usbVersion: string;
  deviceVersion: string;
  /** Class, subclass and protocol, `"ef/02/01"`. */
  class: string;
  manufacturer: string | undefined;
  product: string | undefined;
  serial: string | undefined;
  /** bmAttributes, hexadecimal. */
  attributes: string;
  maxPower: string;
  speed: string;
  /** Empty until the host has read them all. */
  interfaces: UsbInterface[];
}

export interface UsbInterface {
  number: number;
  class: string;
  /** Class of the association that the interface belongs to. */
  association: string | undefined;
  driver: string | undefined;
  name: string | undefined;
  endpoints: { address: string; type: string; packetBytes: number; interval: string }[];
}

const devices = '/sys/bus/usb/devices';

export function findUsbDevice(
  vendorId: string,
  productId: string,
  serial?: string,
): UsbDevice | undefined {
  return list(devices)
    .filter((name) => !name.includes(':'))
    .map((name) => path.join(devices, name))
    .filter(
      (folder) => text(folder, 'idVendor') === vendorId && text(folder, 'idProduct') === productId,
    )
    .map(readUsbDevice)
    .find((device) => serial === undefined || device.serial === serial);
}

export function readUsbDevice(folder: string): UsbDevice {
  const get = (file: string) => text(folder, file);
  const interfaces = list(folder)
    .filter((name) => name.startsWith(`${path.basename(folder)}:`))
    .sort();
  const isComplete = interfaces.length === Number(get('bNumInterfaces'));
  return {
    folder,
    vendorId: get('idVendor') ?? '',
    productId: get('idProduct') ?? '',
    usbVersion: get('version') ?? '',
    deviceVersion: get('bcdDevice') ?? '',
    class: classOf(folder, 'bDevice'),
    manufacturer: get('manufacturer'),
    product: get('product'),
    serial: get('serial'),
    attributes: get('bmAttributes') ?? '',
    maxPower: get('bMaxPower') ?? '',
    speed: get('speed') ?? '',
    interfaces: isComplete ? interfaces.map((name) => readInterface(path.join(folder, name))) : [],
  };
}

function readInterface(folder: string): UsbInterface {
  return {
    number: Number.parseInt(text(folder, 'bInterfaceNumber') ?? '', 16),
    class: classOf(folder, 'bInterface'),
    association: text(folder, 'iad_bFunctionClass') && classOf(folder, 'iad_bFunction'),
    driver: linkName(path.join(folder, 'driver')),
    name: text(folder, 'interface'),
    endpoints: list(folder)
      .filter((name) => /^ep_/.test(name))
      .sort()
      .map((name) => path.join(folder, name))
      .map((endpoint) => ({
        address: text(endpoint, 'bEndpointAddress') ?? '',
        type: text(endpoint, 'type') ?? '',
        packetBytes: Number.parseInt(text(endpoint, 'wMaxPacketSize') ?? '', 16),
        interval: text(endpoint, 'interval') ?? '',
      })),
  };
}

export interface NetworkInterface {
  name: string;
  driver: string | undefined;
}

export function networkInterface(mac: string): NetworkInterface | undefined {
  const folder = list('/sys/class/net')
    .map((name) => path.join('/sys/class/net', name))
    .find((place) => text(place, 'address') === mac);
  if (folder === undefined) return undefined;
  return { name: path.basename(folder), driver: linkName(path.join(folder, 'device/driver')) };
}

/** Polls until `look` finds something; rejects with what was awaited. */
export async function until<Value>(
  awaited: string,
  look: () => Value | undefined,
  timeoutMs = 15_000,
): Promise<Value> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) {
      throw new DeadlineError(`waited ${timeoutMs} ms in vain for: ${awaited}`);
    }
    await sleep(20);
  }
}

/** What was awaited did not happen. */
export class DeadlineError extends Error {}

function classOf(folder: string, prefix: string): string {
  return ['Class', 'SubClass', 'Protocol'].map((part) => text(folder, prefix + part)).join('/');
}

// Devices go away while they are read, and not every device has every attribute.

function list(folder: string): string[] {
  return attempt(() => readdirSync(folder)) ?? [];
}

function text(folder: string, file: string): string | undefined {
  return attempt(() => readFileSync(path.join(folder, file), 'utf8').trim());
}

function linkName(place: string): string | undefined {
  return attempt(() => path.basename(readlinkSync(place)));
}

function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
