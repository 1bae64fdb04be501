/**
 * Replaces a small file so that a reader, or a power cut, finds either the old content or the new, never half of it:
 * temporary file in the same folder, fsync, rename, fsync of the folder. The mode is set, not left to the umask.
 */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { EnvironmentError } from '../core/errors.ts';
import { systemErrno } from './system-errno.ts';

/** Throws EnvironmentError naming the file; nothing is left behind then. */
export async function replaceFile(file: string, content: string, mode: number): Promise<void> {
  const folder = path.dirname(file);
  // A name of its own per attempt: a leftover of a crash, or a second tunnel, is never written through.
  const temporary = path.join(
    folder,
    `.${path.basename(file)}.${randomBytes(6).toString('hex')}.tmp`,
  );
  const { rename, unlink } = await promises();
  try {
    await writeAndSync(temporary, content, mode);
    try {
      await rename(temporary, file);
    } catch (error) {
      await unlink(temporary);
      throw error;
    }
    await syncFolder(folder);
  } catch (error) {
    const errno = systemErrno(error);
    throw new EnvironmentError(`${file}: cannot be written: ${errno.text}; ${advice(errno.code)}`, {
      errno: errno.code,
      syscall: 'write',
      cause: error,
    });
  }
}

/** Loaded when something is written, which is rare; the start of the service does not wait for it. */
const promises = () => import('node:fs/promises');

async function writeAndSync(file: string, content: string, mode: number): Promise<void> {
  const { open, unlink } = await promises();
  const handle = await open(file, 'wx', mode);
  try {
    await handle.chmod(mode);
    await handle.writeFile(content);
    await handle.sync();
  } catch (error) {
    await unlink(file);
    throw error;
  } finally {
    await handle.close();
  }
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

function advice(code: string): string {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'create its folder';
    case 'EACCES':
    case 'EPERM':
      return 'let the service user write to its folder';
    case 'EROFS':
      return 'choose a place on a writable file system';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'make room on its file system';
    default:
      return 'check its folder';
  }
}
