/** `enftun status`: asks the services that are meant, and prints what they say. */
import { readdirSync } from 'node:fs';
import { EnvironmentError } from '../../core/errors.ts';
import { loadConfig } from '../../config/load.ts';
import { printStatus } from '../../status/print-status.ts';
import { readStatus } from '../../status/read-status.ts';
import type { StatusDocument } from '../../status/status-document.ts';
import { instanceName, runtimeFolder, socketOfInstance } from '../../platform/status-paths.ts';
import type { StatusPlace } from './command-line.ts';
import { exitStatus } from '../../platform/exit-status.ts';

export interface StatusCommandOptions {
  readonly of: StatusPlace;
  readonly isJson: boolean;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Where the services have their folders. */
  readonly folder?: string;
}

/** Throws ConfigError when the configuration that is to name the socket cannot be read. */
export async function statusCommand(options: StatusCommandOptions): Promise<number> {
  const { of, isJson, stdout, stderr, folder = runtimeFolder } = options;
  const sockets = socketsOf(of, folder);
  if (sockets.length === 0) {
    stderr(`enftun: no tunnel service runs here (nothing in ${folder})\n`);
    return exitStatus.runtime;
  }
  const found: StatusDocument[] = [];
  for (const socket of sockets) {
    try {
      found.push(await readStatus(socket));
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      stderr(`enftun: ${error.message}\n`);
    }
  }
  if (isJson) {
    const value = of.by === 'all' ? found : found[0];
    if (value !== undefined) stdout(`${JSON.stringify(value, undefined, 2)}\n`);
  } else {
    stdout(found.map(printStatus).join('\n'));
  }
  if (found.length < sockets.length) return exitStatus.runtime;
  return found.every(({ state }) => state === 'up') ? exitStatus.success : exitStatus.notUp;
}

/** The socket of the service that runs with this configuration. */
export function socketOfConfig(file: string, folder = runtimeFolder): string {
  return loadConfig(file).config.status.socket ?? socketOfInstance(instanceName(file), folder);
}

function socketsOf(of: StatusPlace, folder: string): string[] {
  switch (of.by) {
    case 'socket':
      return [of.path];
    case 'name':
      return [socketOfInstance(of.name, folder)];
    case 'file':
      return [socketOfConfig(of.file, folder)];
    case 'all':
      return namesIn(folder).map((name) => socketOfInstance(name, folder));
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
