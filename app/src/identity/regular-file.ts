/** Reads a file that an operator named, whole, if it is one: neither a pipe that never ends nor a log that fills the memory. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

export type RegularFile =
  | { readonly ok: true; readonly bytes: Buffer; readonly mode: number }
  /** `problem` reads on after the file's name. */
  | { readonly ok: false; readonly problem: string };

/** Far above any bundle of certificates. */
const maxBytes = 1024 * 1024;

/** Rejects with the system's error when the file cannot be read at all. */
export async function readRegularFile(file: string): Promise<RegularFile> {
  // Without O_NONBLOCK opening a pipe would wait until somebody writes.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = await handle.stat();
    if (!status.isFile()) return { ok: false, problem: 'is not a regular file' };
    if (status.size > maxBytes) return { ok: false, problem: `is larger than ${maxBytes} bytes` };
    return { ok: true, bytes: await handle.readFile(), mode: status.mode };
  } finally {
    await handle.close();
  }
}
