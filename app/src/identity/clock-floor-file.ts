/**
 * The time that it must at least be, kept for whoever may set this machine's clock (on a card `clock-floor.path`; the
 * service itself may not). It is the file's own time of change; the text in it is for people.
 */
import path from 'node:path';
import { EnvironmentError } from '../core/errors.ts';
import { systemErrno } from './system-errno.ts';

/** Beside the credentials, the one place where the service may write. */
export function clockFloorFile(certFile: string): string {
  return path.join(path.dirname(certFile), 'clock-floor');
}

/** Throws EnvironmentError naming the file. */
export async function writeClockFloor(file: string, floor: Date): Promise<void> {
  try {
    // Not at the start of the service, which writes nothing then.
    const { open } = await import('node:fs/promises');
    const handle = await open(file, 'w', 0o644);
    try {
      await handle.writeFile(`${floor.toISOString()}\n`);
      // Before it is closed: that is what watchers wait for.
      await handle.utimes(floor, floor);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const { code, text } = systemErrno(error);
    throw new EnvironmentError(`${file}: cannot be written: ${text}; set this machine's clock`, {
      errno: code,
      syscall: 'write',
      cause: error,
    });
  }
}
