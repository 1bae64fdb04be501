/**
 * Temporary files that a power cut, or a killed process, has left beside the file that they were to replace. They are
 * removed before the next write: nothing else ever would, and on a card the room is small.
 *
 * A file counts as left behind by its time of change, which a writer cannot set: a write takes milliseconds, so minutes
 * in either direction distinguish one that was left from one that is in use. (After a clock was set back, old files
 * appear to be of the future.) All of it is bounded, and a failure here does not keep the write from being made.
 */
import { lstatSync, opendirSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import { seconds } from '../core/time.ts';

/** Younger ones may belong to another process that replaces the same file now. */
export const staleAfter = seconds(120);
/** Per write; a power cut leaves one at most. */
export const mostRemoved = 16;
/** Names that are looked at, in whatever order the file system has them. */
const mostNames = 4096;

/** A temporary file for `file`, in the same folder. `unique` has twelve hexadecimal digits. */
export function temporaryFor(file: string, unique: string): string {
  return path.join(path.dirname(file), `.${path.basename(file)}.${unique}.tmp`);
}

/** Those of this file, and no other: the folder may hold the temporary files of other programs. */
export function removeStaleTemporaries(file: string, now = Date.now()): void {
  let removed = 0;
  try {
    for (const temporary of temporariesOf(file)) {
      const { ctimeMs } = lstatSync(temporary);
      if (Math.abs(now - ctimeMs) <= staleAfter) continue;
      unlinkSync(temporary);
      if (++removed === mostRemoved) return;
    }
  } catch {
    // What is wrong with the folder, the write itself will report.
  }
}

function temporariesOf(file: string): string[] {
  const found: string[] = [];
  const folder = opendirSync(path.dirname(file));
  try {
    for (let looked = 0; looked < mostNames; looked++) {
      const entry = folder.readSync();
      if (entry === null) break;
      const unique = /\.([0-9a-f]{12})\.tmp$/.exec(entry.name)?.[1];
      if (unique === undefined || !entry.isFile()) continue;
      const temporary = temporaryFor(file, unique);
      if (path.basename(temporary) === entry.name) found.push(temporary);
    }
  } finally {
    folder.closeSync();
  }
  return found;
}
