/**
 * Replaces a small file so that a reader, or a power cut, finds either the old content or the new, never half of it:
 * temporary file in the same folder, fsync, rename, fsync of the folder. Mode and owner are set, not left to the umask.
 *
 * Only a regular file is replaced. A device or a pipe would be gone from its place; a symbolic link leads out of the
 * folder, and a user who may write there would choose what a program of another user writes to.
 */
import { randomBytes } from 'node:crypto';
import { lstatSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { EnvironmentError } from '../core/errors.ts';
import { writeFailure } from './file-errno.ts';
import { kind } from './regular-file.ts';
import { removeStaleTemporaries, temporaryFor } from './stale-temporaries.ts';
import { systemErrno } from './system-errno.ts';

export interface NewFile {
  readonly content: string | Uint8Array;
  readonly mode: number;
  /** Undefined: the user of this process. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
  /** Its time of change; undefined: now. */
  readonly modified?: Date | undefined;
}

/** Throws EnvironmentError naming the file; nothing is left behind then. `writer`: who runs this, for the advice. */
export async function replaceFile(file: string, next: NewFile, writer?: string): Promise<void> {
  await guard(file, writer, async () => {
    await writeBeside(file, next, async (temporary) => {
      const { rename } = await promises();
      await rename(temporary, file);
    });
    await syncFolder(path.dirname(file));
  });
}

/**
 * Everything that `replaceFile` does, but for the last step: whether it would succeed is known before something else is
 * done that cannot be undone. Throws as `replaceFile` does.
 */
export async function rehearseReplacement(
  file: string,
  next: NewFile,
  writer?: string,
): Promise<void> {
  await guard(file, writer, () =>
    writeBeside(file, next, async (temporary) => {
      const { unlink } = await promises();
      await unlink(temporary);
    }),
  );
}

async function guard(
  file: string,
  writer: string | undefined,
  action: () => Promise<void>,
): Promise<void> {
  try {
    refuseOtherKinds(file);
    removeStaleTemporaries(file);
    await action();
  } catch (error) {
    if (error instanceof EnvironmentError) throw error;
    const { code, problem, advice } = writeFailure(error, writer);
    const message = `${file}: ${problem}; ${advice}`;
    throw new EnvironmentError(message, { errno: code, syscall: 'write', cause: error });
  }
}

function refuseOtherKinds(file: string): void {
  const status = lstatSync(file, { throwIfNoEntry: false });
  if (status === undefined || status.isFile()) return;
  const problem = `${file}: is ${kind(status)}, which is not replaced; name a regular file, or remove it`;
  throw new EnvironmentError(problem, { errno: 'EINVAL', syscall: 'write' });
}

/** Loaded when something is written, which is rare; the start of the service does not wait for it. */
const promises = () => import('node:fs/promises');

/** Writes a temporary file and hands it over; unless that succeeds, it is removed. */
async function writeBeside(
  file: string,
  next: NewFile,
  handOver: (temporary: string) => Promise<void>,
): Promise<void> {
  const { open, unlink } = await promises();
  // A name of its own per attempt: a leftover of a crash, or a second tunnel, is never written through.
  const temporary = temporaryFor(file, randomBytes(6).toString('hex'));
  const handle = await open(temporary, 'wx', next.mode);
  try {
    await fill(handle, next);
    await handOver(temporary);
  } catch (error) {
    // What went wrong first is what the operator needs.
    await unlink(temporary).catch(() => undefined);
    throw error;
  } finally {
    await handle.close();
  }
}

async function fill(
  handle: FileHandle,
  { content, mode, owner, modified }: NewFile,
): Promise<void> {
  await handle.writeFile(content);
  if (owner !== undefined) await handle.chown(owner.uid, owner.gid);
  // After the owner: changing that one clears bits of the mode.
  await handle.chmod(mode);
  if (modified !== undefined) await handle.utimes(modified, modified);
  await handle.sync();
}

/** Makes the rename last. Some file systems refuse to sync a folder; the content is safe all the same. */
async function syncFolder(folder: string): Promise<void> {
  const { open } = await promises();
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (systemErrno(error).code !== 'EINVAL') throw error;
  } finally {
    await handle.close();
  }
}
