/**
 * Ends the process at once. `process.exit` first waits for the work that libuv's thread pool has begun, and a name
 * lookup without an answer keeps a thread for half a minute: too long for a service that was stopped.
 */
import { loadAddon } from './native.ts';

interface NativeProcess {
  endProcess(status: number): never;
}

/**
 * Neither `exit` listeners nor `atexit` handlers run. What was written to stdout and stderr is out already when they
 * are files or terminals; a pipe or a socket takes 64 KiB or so, and what waits for its reader is lost. Throws an
 * `AddonError` when there is no addon.
 */
export function endProcess(status: number): never {
  return loadAddon<NativeProcess>().endProcess(status);
}
