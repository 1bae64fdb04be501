/** Where the status sockets lie: one folder per tunnel below /run, made by its unit for the service's group. */
import path from 'node:path';

export const runtimeFolder = '/run/enftun';
const socketName = 'status';

/** What a tunnel is called: its configuration's file name without the ending. */
export function instanceName(configFile: string): string {
  return path.basename(configFile).replace(/\.conf$/, '');
}

export function socketOfInstance(name: string, folder = runtimeFolder): string {
  return path.join(folder, name, socketName);
}

/**
 * Where this service's socket belongs: as configured, or in the folder that systemd made for it; undefined when there
 * is neither.
 */
export function socketToOpen(
  configured: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (configured !== undefined) return configured;
  // Several folders are separated by colons; the unit names one.
  const folder = environment.RUNTIME_DIRECTORY?.split(':')[0];
  return folder === undefined || folder === '' ? undefined : path.join(folder, socketName);
}
