/**
 * Ends the process at once. `process.exit` first waits for the work that libuv's thread pool has begun, and a name
 * lookup without an answer keeps a thread for half a minute: too long for a service that was stopped.
 */
import { loadAddon } from './native.ts';

interface NativeProcess {
  endProcess(status: number): never;
}

/**
 * Neither `exit` listeners nor `atexit` handlers run. Output to files and terminals has been written by then; a pipe or
 * a socket buffers about 64 KiB, and output beyond that is lost. Throws an `AddonError` if the addon cannot be loaded.
 */
export function endProcess(status: number): never {
  return loadAddon<NativeProcess>().endProcess(status);
}
