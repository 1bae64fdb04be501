/**
 * A lock that programs of this machine take in turn, held by the kernel (flock(2)): it ends with its holder, however
 * that ends. The file that is locked lies beside the one that it guards, and belongs to the owner of the folder; no
 * other user can open it, and so keep it. It is removed at the end; after a power cut it stays, and is used again.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  openSync,
  rmSync,
  statSync,
  type Stats,
} from 'node:fs';
import path from 'node:path';
import { AddonError, tryLock } from 'tuntap2';
import { EnvironmentError } from '../core/errors.ts';
import { after, milliseconds, seconds, type Duration } from '../core/time.ts';
import { systemClock } from './deadline-timer.ts';
import { writeFailure } from './file-errno.ts';
import { pause } from './pause.ts';
import { systemErrno } from './system-errno.ts';

/** A change takes some milliseconds; a card's slow disk, a second. */
const patience = seconds(10);
const between = milliseconds(20);

/**
 * Runs `work` while no other program holds the lock of this file. Rejects with an EnvironmentError when it stays taken.
 * `ifForbidden`: what to do when the folder is not ours to write to.
 */
export async function withFileLock<T>(
  file: string,
  work: () => Promise<T>,
  longest: Duration = patience,
  ifForbidden?: string,
): Promise<T> {
  const free = await take(file, longest, ifForbidden);
  try {
    return await work();
  } finally {
    free();
  }
}

async function take(file: string, longest: Duration, ifForbidden?: string): Promise<() => void> {
  const deadline = after(systemClock.now(), longest);
  for (;;) {
    const free = attempt(file, ifForbidden);
    if (free !== undefined) return free;
    if (systemClock.now() >= deadline) {
      const problem = `${file}: its lock has been taken for ${longest / 1000} s`;
      throw new EnvironmentError(
        `${problem}; let the program that changes it end, then try again`,
        {
          errno: 'EBUSY',
          syscall: 'flock',
        },
      );
    }
    await pause(milliseconds(between * (0.5 + Math.random())));
  }
}

/** The way to free the lock; undefined if it is taken. */
function attempt(file: string, ifForbidden?: string): (() => void) | undefined {
  try {
    const lock = `${file}.lock`;
    const descriptor = open(lock, path.dirname(file));
    if (!isOurs(descriptor, lock)) {
      closeSync(descriptor);
      return undefined;
    }
    return () => release(descriptor, lock);
  } catch (error) {
    throw explained(file, error, ifForbidden);
  }
}

function open(lock: string, folder: string): number {
  const { O_RDONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;
  for (;;) {
    try {
      return openSync(lock, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    } catch (error) {
      if (systemErrno(error).code !== 'ENOENT') throw error;
    }
    try {
      const created = openSync(lock, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
      giveTo(created, statSync(folder));
      return created;
    } catch (error) {
      // Another program was faster.
      if (systemErrno(error).code !== 'EEXIST') throw error;
    }
  }
}

/** Those who may write to the folder are the users who may lock: what root has made would shut out the service. */
function giveTo(descriptor: number, folder: Stats): void {
  try {
    if (process.geteuid?.() === 0) fchownSync(descriptor, folder.uid, folder.gid);
    if ((folder.mode & 0o020) !== 0) fchmodSync(descriptor, 0o660);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** A file that its last holder has removed meanwhile guards nothing. */
function isOurs(descriptor: number, lock: string): boolean {
  try {
    const errno = tryLock(descriptor);
    if (errno === 'EAGAIN') return false;
    if (errno !== undefined) throw Object.assign(new Error(errno), { code: errno });
    const inPlace = statSync(lock, { throwIfNoEntry: false });
    return inPlace?.ino === fstatSync(descriptor).ino;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** Removed first: a program that opens it later gets another file. */
function release(descriptor: number, lock: string): void {
  try {
    rmSync(lock, { force: true });
  } catch {
    // It stays, and is used again.
  }
  closeSync(descriptor);
}

function explained(file: string, cause: unknown, ifForbidden?: string): EnvironmentError {
  if (cause instanceof AddonError) {
    const { errno, syscall } = cause;
    return new EnvironmentError(`${file}: cannot be locked: ${cause.message}`, {
      errno,
      syscall,
      cause,
    });
  }
  const { code, advice: usual, isOfMachine } = writeFailure(cause);
  const advice = code === 'EACCES' || code === 'EPERM' ? (ifForbidden ?? usual) : usual;
  const problem = `${file}: cannot be locked: ${systemErrno(cause).text}`;
  return new EnvironmentError(isOfMachine ? problem : `${problem}; ${advice}`, {
    errno: code,
    syscall: 'flock',
    cause,
  });
}
