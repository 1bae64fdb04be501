/** Reads a file that an operator named, whole, if it is one: neither a pipe that never ends nor a log that fills the memory. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

export type RegularFile =
  | { readonly ok: true; readonly bytes: Buffer; readonly mode: number }
  /** `problem` reads on after the file's name. */
  | { readonly ok: false; readonly problem: string };

/** Far above any bundle of certificates. */
const maxBytes = 1024 * 1024;

/** Rejects with the system's error when the file cannot be read at all. */
export function readRegularFile(file: string): Promise<RegularFile> {
  return new Promise((resolve) => resolve(readNow(file)));
}

/** Such files are small, and local; and loading Node.js's promises of files would take longer than reading them. */
function readNow(file: string): RegularFile {
  // Without O_NONBLOCK opening a pipe would wait until somebody writes.
  const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = fstatSync(fd);
    if (!status.isFile()) return { ok: false, problem: 'is not a regular file' };
    if (status.size > maxBytes) return { ok: false, problem: `is larger than ${maxBytes} bytes` };
    return { ok: true, bytes: readFileSync(fd), mode: status.mode };
  } finally {
    closeSync(fd);
  }
}
