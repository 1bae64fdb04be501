/**
 * What an `up` was about to do and what it had found, in a file for each interface: written before the first change
 * and removed after the last one, so that `down` removes what was made by a set-up that was cut off, or by another
 * configuration. What is there now is asked of the kernel all the same.
 */
import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import path from 'node:path';
import { EnvironmentError } from '../../core/errors.ts';
import { replaceFile } from '../../platform/atomic-file.ts';
import { readRegularFileNow } from '../../platform/regular-file.ts';
import { systemErrno } from '../../platform/system-errno.ts';
import type { Recorded } from './set-up.ts';

export const recordFolder = '/run/enftun-setup';

/** A set-up as it was recorded. */
export interface SetUpRecord extends Recorded {
  /** The interface was made by `up`, and was not there before. */
  readonly isMade: boolean;
  /** The configuration, as an absolute path: it may since name another interface, be damaged, or be gone. */
  readonly file: string;
  readonly ipPath: string;
}

interface StoredRecord extends SetUpRecord {
  readonly version: 1;
  readonly kernel: string;
}

const mostRecords = 64;
const mostBytes = 256 * 1024;
const ending = '.json';

export class RecordStore {
  readonly #folder: string;
  /** The boot and the network namespace: a record of another one says nothing about this kernel. */
  readonly #kernel: string;

  /** Makes the folder if this user may. */
  constructor(folder: string) {
    this.#folder = folder;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    this.#kernel = `${boot} ${readlinkSync('/proc/self/ns/net')}`;
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    } catch (cause) {
      throw unusable(folder, 'made', 'mkdir', cause);
    }
  }

  /** By name of the interface, in its order. */
  all(): Map<string, SetUpRecord> {
    const names = this.#names()
      .filter((name) => name.endsWith(ending))
      .map((name) => name.slice(0, -ending.length))
      .toSorted()
      .slice(0, mostRecords);
    const found = names.map((name) => [name, this.#read(name)] as const);
    return new Map(found.filter((pair): pair is [string, SetUpRecord] => pair[1] !== undefined));
  }

  #names(): string[] {
    try {
      return readdirSync(this.#folder);
    } catch (cause) {
      throw unusable(this.#folder, 'read', 'scandir', cause);
    }
  }

  async write(record: SetUpRecord): Promise<void> {
    const stored: StoredRecord = { version: 1, kernel: this.#kernel, ...record };
    const content = `${JSON.stringify(stored, undefined, 2)}\n`;
    const file = this.#file(record.plan.interfaceName);
    await replaceFile(file, { content, mode: 0o600 }, 'this program');
  }

  remove(interfaceName: string): void {
    rmSync(this.#file(interfaceName), { force: true });
  }

  #file(interfaceName: string): string {
    return path.join(this.#folder, interfaceName + ending);
  }

  /** Undefined for what another boot, another version, or another program has left there. */
  #read(interfaceName: string): SetUpRecord | undefined {
    try {
      const content = readRegularFileNow(this.#file(interfaceName), mostBytes);
      if (!content.ok) return undefined;
      const stored = JSON.parse(content.bytes.toString()) as Partial<StoredRecord>;
      const { version, kernel, plan, found, formers, isMade, file, ipPath } = stored;
      if (version !== 1 || kernel !== this.#kernel || isMade === undefined) return undefined;
      if (plan?.interfaceName !== interfaceName || !found || !formers) return undefined;
      if (file === undefined || ipPath === undefined) return undefined;
      return { plan, found, formers, isMade, file, ipPath };
    } catch {
      return undefined;
    }
  }
}

function unusable(folder: string, done: string, syscall: string, cause: unknown): EnvironmentError {
  const { code, text } = systemErrno(cause);
  const advice = code === 'EACCES' || code === 'EPERM' ? '; this needs root' : '';
  const problem = `${folder} cannot be ${done}: ${text}${advice}`;
  return new EnvironmentError(problem, { errno: code, syscall, cause });
}
