/**
 * The descriptors that a process writes to ep0 of its FunctionFS, as bytes (linux/usb/functionfs.h, format v2; USB
 * 2.0 sections 9.6.5 and 9.6.6). One interface without alternate settings, at full and high speed.
 * Left out: super speed, isochronous endpoints, several interfaces, Microsoft descriptors, event descriptors.
 */
import { GadgetDefinitionError } from '../errors.ts';

export interface FunctionFsEndpoint {
  direction: 'in' | 'out';
  transfer: 'bulk' | 'interrupt';
  /** Of interrupt endpoints: how often the host asks, 1..255 ms. */
  intervalMs?: number | undefined;
}

export interface FunctionFsInterface {
  class: number;
  subclass: number;
  protocol: number;
  /** Which of the strings names the interface, from 1; 0 for none. */
  nameIndex?: number | undefined;
  /** In the order of the files ep1, ep2, …; 1 to 15. The controller may give other addresses than 1, 2, …. */
  endpoints: readonly FunctionFsEndpoint[];
}

const magicV2 = 3;
const hasFullSpeed = 1;
const hasHighSpeed = 2;
const headerBytes = 20;
const interfaceBytes = 9;
const endpointBytes = 7;

const descriptorType = { interface: 4, endpoint: 5 } as const;
const transferType = { bulk: 2, interrupt: 3 } as const;

/** The largest packets that the speed allows for bulk; for interrupt the largest that every controller takes. */
const packetBytes = { full: 64, high: { bulk: 512, interrupt: 64 } } as const;

export function functionFsDescriptors(description: FunctionFsInterface): Uint8Array {
  const problems = problemsOf(description);
  if (problems.length > 0) throw new GadgetDefinitionError('FunctionFS interface', problems);

  const full = speedDescriptors(description, 'full');
  const high = speedDescriptors(description, 'high');
  const length = headerBytes + full.length + high.length;
  const perSpeed = 1 + description.endpoints.length;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  const header = [magicV2, length, hasFullSpeed | hasHighSpeed, perSpeed, perSpeed];
  header.forEach((word, index) => view.setUint32(4 * index, word, true));
  bytes.set(full, headerBytes);
  bytes.set(high, headerBytes + full.length);
  return bytes;
}

function speedDescriptors(description: FunctionFsInterface, speed: 'full' | 'high'): number[] {
  const { class: interfaceClass, subclass, protocol, nameIndex = 0, endpoints } = description;
  // The kernel renumbers interface and endpoints.
  const bytes = [interfaceBytes, descriptorType.interface, 0, 0, endpoints.length];
  bytes.push(interfaceClass, subclass, protocol, nameIndex);
  endpoints.forEach(({ direction, transfer, intervalMs = 0 }, index) => {
    const address = (index + 1) | (direction === 'in' ? 0x80 : 0);
    const packet = speed === 'full' ? packetBytes.full : packetBytes.high[transfer];
    const interval =
      transfer === 'bulk' ? 0 : speed === 'full' ? intervalMs : highSpeedInterval(intervalMs);
    bytes.push(endpointBytes, descriptorType.endpoint, address, transferType[transfer]);
    bytes.push(packet & 0xff, packet >> 8, interval);
  });
  return bytes;
}

/** High speed counts in 2^(n-1) microframes of 125 µs; rounded to the more frequent. */
function highSpeedInterval(intervalMs: number): number {
  return Math.floor(Math.log2(intervalMs * 8)) + 1;
}

function problemsOf({ endpoints, ...numbers }: FunctionFsInterface): string[] {
  const problems = [];
  for (const [name, value] of Object.entries(numbers)) {
    if (value !== undefined && !isInteger(value, 0, 255)) {
      problems.push(`${name} is a number of 0..255, not ${value}`);
    }
  }
  if (endpoints.length < 1 || endpoints.length > 15) {
    problems.push(`it has 1..15 endpoints, not ${endpoints.length}`);
  }
  endpoints.forEach(({ transfer, intervalMs }, index) => {
    const needsInterval = transfer === 'interrupt';
    if (needsInterval !== (intervalMs !== undefined)) {
      problems.push(
        `endpoint ${index + 1}: ${needsInterval ? 'an interrupt endpoint needs intervalMs' : 'a bulk endpoint has no intervalMs'}`,
      );
    } else if (intervalMs !== undefined && !isInteger(intervalMs, 1, 255)) {
      problems.push(`endpoint ${index + 1}: intervalMs is a number of 1..255, not ${intervalMs}`);
    }
  });
  return problems;
}

function isInteger(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
