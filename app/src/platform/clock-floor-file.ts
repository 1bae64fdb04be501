/**
 * The time that it must at least be, stored for the unit that may set this machine's clock (on a card
 * `clock-floor.path`; the service itself may not). It is the file's own time of change; the text in it is for people.
 */
import path from 'node:path';
import { replaceFile } from './atomic-file.ts';

/** Beside the credentials, the one place where the service may write. */
export function clockFloorFile(certFile: string): string {
  return path.join(path.dirname(certFile), 'clock-floor');
}

/** Throws EnvironmentError naming the file. The file has its time before it is in its place, where watchers see it. */
export async function writeClockFloor(file: string, floor: Date): Promise<void> {
  const content = `${floor.toISOString()}\n`;
  await replaceFile(file, { content, mode: 0o644, modified: floor });
}
