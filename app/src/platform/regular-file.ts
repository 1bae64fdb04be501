/**
 * Reads a file that an operator named, whole, if it is one: not a pipe that never ends, not a device that acts when it
 * is opened, not a log that fills the memory.
 */
import { closeSync, constants, fstatSync, openSync, readSync, statSync, type Stats } from 'node:fs';

export type RegularFile =
  | { readonly ok: true; readonly bytes: Buffer; readonly mode: number }
  /** `problem` reads on after the file's name. */
  | { readonly ok: false; readonly problem: string };

/** Far above any bundle of certificates. */
export const largestFile = 1024 * 1024;

/** Rejects with the system's error when the file cannot be read at all; `file-errno.ts` has the words for it. */
export function readRegularFile(file: string, maxBytes = largestFile): Promise<RegularFile> {
  return new Promise((resolve) => resolve(readRegularFileNow(file, maxBytes)));
}

/**
 * The same at once: such files are small and local, and loading Node.js's promises of files takes longer than reading.
 */
export function readRegularFileNow(file: string, maxBytes = largestFile): RegularFile {
  // Before it is opened: opening alone starts a watchdog or rewinds a tape.
  const before = problemOf(statSync(file), maxBytes);
  if (before !== undefined) return before;
  // It may have been replaced since: a pipe would hold up the opening, a terminal would become the process's own.
  const { O_RDONLY, O_NONBLOCK, O_NOCTTY } = constants;
  const fd = openSync(file, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  try {
    const status = fstatSync(fd);
    const problem = problemOf(status, maxBytes);
    if (problem !== undefined) return problem;
    const bytes = readToEnd(fd, maxBytes);
    return bytes === undefined ? tooLarge(maxBytes) : { ok: true, bytes, mode: status.mode };
  } finally {
    closeSync(fd);
  }
}

function problemOf(status: Stats, maxBytes: number): RegularFile | undefined {
  if (!status.isFile()) return { ok: false, problem: `is not a regular file but ${kind(status)}` };
  return status.size > maxBytes ? tooLarge(maxBytes) : undefined;
}

function tooLarge(maxBytes: number): RegularFile {
  return { ok: false, problem: `is larger than ${maxBytes} bytes` };
}

/** What stands in the place of a regular file. */
export function kind(status: Stats): string {
  if (status.isDirectory()) return 'a folder';
  if (status.isFIFO()) return 'a pipe';
  if (status.isSocket()) return 'a socket';
  if (status.isSymbolicLink()) return 'a symbolic link';
  return 'a device';
}

const chunkBytes = 64 * 1024;

/** Undefined if the file is longer. The size is not trusted: it is 0 in /proc, and files grow. */
export function readToEnd(fd: number, maxBytes: number): Buffer | undefined {
  const chunks: Buffer[] = [];
  let length = 0;
  while (length <= maxBytes) {
    const chunk = Buffer.alloc(Math.min(chunkBytes, maxBytes + 1 - length));
    const count = readSync(fd, chunk, 0, chunk.length, null);
    if (count === 0) return Buffer.concat(chunks, length);
    chunks.push(chunk.subarray(0, count));
    length += count;
  }
  return undefined;
}
