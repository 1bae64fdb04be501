/** From the name of a file to the configuration of the service. Reads files (the one named, and what it includes) at once. */
import { closeSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { ConfigError } from '../../core/errors.ts';
import { systemErrno } from '../../identity/system-errno.ts';
import { buildConfig } from './build-config.ts';
import type { ConfigWarning } from './config-warning.ts';
import type { Config } from './config.ts';
import { parseLibconfig } from './libconfig/parser.ts';
import type { Place } from './libconfig/values.ts';
import { readSettings } from './read-settings.ts';
import type { SettingValues } from './schema.ts';

export interface LoadedConfig {
  readonly config: Config;
  /** The same by key, for printing. */
  readonly values: SettingValues;
  /** In the order of the file. */
  readonly warnings: readonly ConfigWarning[];
}

/** A configuration has a few kilobytes; more is another file named by mistake. */
const maxBytes = 256 * 1024;

/** Throws ConfigError with file and line. */
export function loadConfig(file: string): LoadedConfig {
  const text = readText(file, { file });
  const settings = parseLibconfig({ file, text }, readInclude);
  return buildConfig(file, readSettings(settings));
}

/** Relative names are meant relative to the file that includes, not to the working directory. */
function readInclude(name: string, from: Place): { file: string; text: string } {
  const file = path.isAbsolute(name) ? name : path.join(path.dirname(from.file), name);
  return { file, text: readText(file, from) };
}

function readText(file: string, place: { file: string; line?: number }): string {
  const what = place.file === file ? '' : `included file ${file} `;
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    // Not readFileSync: it would follow a pipe or a device for ever.
    const bytes = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (let count = -1; count !== 0 && length < bytes.length; length += count) {
      count = readSync(descriptor, bytes, length, bytes.length - length, null);
    }
    if (length > maxBytes) throw new ConfigError(`${what}is larger than ${maxBytes} bytes`, place);
    return bytes.toString('utf8', 0, length);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const { text } = systemErrno(error);
    throw new ConfigError(`${what}cannot be read: ${text}`, { ...place, cause: error });
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
