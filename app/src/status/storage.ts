/**
 * Whether a card keeps what is written to it. Asked of the kernel each time: card-init falls back to memory when the
 * data partition cannot be used (/proc/self/mountinfo, proc(5)), and the kernel closes a file system in which it finds
 * an error. Older kernels show that as read-only, newer ones count the error and leave the options as they were
 * (/sys/fs/ext4); since each start repairs the file system, an error that is counted is one of this run.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';

/** Where the file system of a card's data is mounted; a machine without it is not a card. */
export const dataFolder = '/data';

export interface StorageStatus {
  readonly path: string;
  /** `memory`: gone at the next start; `read-only`: nothing can be changed, and with some kernels nothing be read. */
  readonly state: 'kept' | 'memory' | 'read-only';
}

export interface StoragePlaces {
  readonly mountInfo: string;
  readonly sys: string;
}

/** Null on a machine that has no such file system, and where the kernel shows no mounts. */
export function readStorage(
  places: StoragePlaces = { mountInfo: '/proc/self/mountinfo', sys: '/sys' },
): StorageStatus | null {
  const mount = mountAt(attempt(() => readFileSync(places.mountInfo, 'utf8')) ?? '', dataFolder);
  if (mount === undefined) return null;
  return { path: dataFolder, state: stateOf(mount, places.sys) };
}

interface Mount {
  /** Numbers of the device, such as `179:4`. */
  readonly device: string;
  readonly type: string;
  /** Of the file system, not of the mount: a sandbox shows everything read-only to its process. */
  readonly options: readonly string[];
}

/** What is mounted last at a place hides what was there before. */
function mountAt(mountInfo: string, place: string): Mount | undefined {
  const line = mountInfo
    .split('\n')
    .map((text) => text.split(' - '))
    .findLast(([before = '']) => before.split(' ')[4] === place);
  if (line === undefined) return undefined;
  const [before = '', after = ''] = line;
  const [type = '', , options = ''] = after.split(' ');
  return { device: before.split(' ')[2] ?? '', type, options: options.split(',') };
}

const closed = ['ro', 'emergency_ro', 'shutdown'];

function stateOf({ device, type, options }: Mount, sys: string): StorageStatus['state'] {
  if (type === 'tmpfs') return 'memory';
  if (options.some((option) => closed.includes(option))) return 'read-only';
  const errors = attempt(() => {
    const name = path.basename(readlinkSync(path.join(sys, 'dev/block', device)));
    return Number(readFileSync(path.join(sys, 'fs', type, name, 'errors_count'), 'utf8'));
  });
  return errors !== undefined && errors > 0 ? 'read-only' : 'kept';
}

/** Undefined for what the kernel does not show. */
function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
