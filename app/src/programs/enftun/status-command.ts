/** `enftun status`: asks the services that are meant, and prints what they say. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { EnvironmentError } from '../../core/errors.ts';
import { loadConfig } from '../../config/load.ts';
import { formatOpenMetrics } from '../../status/openmetrics.ts';
import { printStatus } from '../../status/print-status.ts';
import { readStatus } from '../../status/read-status.ts';
import type { StatusDocument } from '../../status/status-document.ts';
import { statusMetrics } from '../../status/status-metrics.ts';
import { instanceName, runtimeFolder, socketOfInstance } from '../../platform/status-paths.ts';
import type { StatusFormat, StatusPlace } from './command-line.ts';
import { exitStatus } from '../../platform/exit-status.ts';

export interface StatusCommandOptions {
  readonly of: StatusPlace;
  readonly format: StatusFormat;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Where the services have their folders. */
  readonly folder?: string;
}

/** Throws ConfigError when the configuration that is to name the socket cannot be read. */
export async function statusCommand(options: StatusCommandOptions): Promise<number> {
  const { of, format, stdout, stderr, folder = runtimeFolder } = options;
  const services = servicesOf(of, folder);
  if (services.length === 0) {
    stderr(`enftun: no tunnel service runs here (nothing in ${folder})\n`);
    return exitStatus.runtime;
  }
  const found: StatusDocument[] = [];
  const silent: string[] = [];
  for (const { name, socket } of services) {
    try {
      found.push(await readStatus(socket));
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      stderr(`enftun: ${error.message}\n`);
      silent.push(name);
    }
  }
  stdout(textOf(format, of, found, silent));
  if (silent.length > 0) return exitStatus.runtime;
  // A tunnel that is down is among the metrics; their collector did its work.
  if (format === 'openmetrics') return exitStatus.success;
  return found.every(({ state }) => state === 'up') ? exitStatus.success : exitStatus.notUp;
}

function textOf(
  format: StatusFormat,
  of: StatusPlace,
  found: readonly StatusDocument[],
  silent: readonly string[],
): string {
  switch (format) {
    case 'text':
      return found.map(printStatus).join('\n');
    case 'json': {
      const value = of.by === 'all' ? found : found[0];
      return value === undefined ? '' : `${JSON.stringify(value, undefined, 2)}\n`;
    }
    case 'openmetrics':
      return formatOpenMetrics(statusMetrics(found, silent));
  }
}

/** The socket of the service that runs with this configuration. */
export function socketOfConfig(file: string, folder = runtimeFolder): string {
  return loadConfig(file).config.status.socket ?? socketOfInstance(instanceName(file), folder);
}

interface Service {
  readonly name: string;
  readonly socket: string;
}

function servicesOf(of: StatusPlace, folder: string): Service[] {
  const named = (name: string): Service => ({ name, socket: socketOfInstance(name, folder) });
  switch (of.by) {
    case 'socket':
      return [{ name: path.basename(path.dirname(of.path)), socket: of.path }];
    case 'name':
      return [named(of.name)];
    case 'file':
      return [{ name: instanceName(of.file), socket: socketOfConfig(of.file, folder) }];
    case 'all':
      return namesIn(folder).map(named);
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
