/** The kernel's lock of an open file (flock(2)). It ends when the file is closed, at the end of the process too. */
import { errnoName } from './errors.ts';
import { loadAddon } from './native.ts';

interface NativeLock {
  tryLock(descriptor: number): number;
}

/** Undefined if the file is locked now; else the symbolic errno, EAGAIN when another open file has the lock. */
export function tryLock(descriptor: number): string | undefined {
  const errno = loadAddon<NativeLock>().tryLock(descriptor);
  return errno === 0 ? undefined : errnoName(errno);
}
