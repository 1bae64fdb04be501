/**
 * From the name of a file to the configuration of the service. Reads files (the one named, and what it includes) at
 * once.
 */
import { closeSync, constants, openSync } from 'node:fs';
import path from 'node:path';
import { ConfigError } from '../core/errors.ts';
import { readRegularFileNow, readToEnd, type RegularFile } from '../platform/regular-file.ts';
import { systemErrno } from '../platform/system-errno.ts';
import { buildConfig, type LoadedConfig } from './build-config.ts';
import { decodeText } from './libconfig/decode-text.ts';
import { parseLibconfig, type SourceText } from './libconfig/parser.ts';
import type { Place } from './libconfig/values.ts';
import { readSettings } from './read-settings.ts';

/** A configuration has a few kilobytes; more is another file named by mistake. */
const maxBytes = 256 * 1024;

export interface LoadOptions {
  /**
   * Regular files only. At the start of a program a configuration may come from a pipe, which is waited for; a service
   * that runs must not stand still for one.
   */
  readonly isReload?: boolean;
}

/** Throws ConfigError with file and line. */
export function loadConfig(file: string, { isReload = false }: LoadOptions = {}): LoadedConfig {
  const read = isReload ? readRegular : readAnything;
  const readInclude = (name: string, from: Place): SourceText => {
    // Relative names are meant relative to the file that includes, not to the working directory.
    const included = path.isAbsolute(name) ? name : path.join(path.dirname(from.file), name);
    return { file: included, text: readText(included, from, read) };
  };
  const text = readText(file, { file }, read);
  return buildConfig(file, readSettings(parseLibconfig({ file, text }, readInclude)));
}

type Reader = (file: string) => RegularFile | { readonly ok: true; readonly bytes: Buffer };

function readText(file: string, place: { file: string; line?: number }, read: Reader): string {
  const what = place.file === file ? '' : `included file ${file} `;
  let content;
  try {
    content = read(file);
  } catch (cause) {
    throw new ConfigError(`${what}cannot be read: ${systemErrno(cause).text}`, { ...place, cause });
  }
  if (!content.ok) throw new ConfigError(`${what}${content.problem}`, place);
  return decodeText(content.bytes);
}

function readRegular(file: string): ReturnType<Reader> {
  return readRegularFileNow(file, maxBytes);
}

function readAnything(file: string): ReturnType<Reader> {
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NOCTTY);
  try {
    const bytes = readToEnd(descriptor, maxBytes);
    if (bytes === undefined) return { ok: false, problem: `is larger than ${maxBytes} bytes` };
    return { ok: true, bytes };
  } finally {
    closeSync(descriptor);
  }
}
