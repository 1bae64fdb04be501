/** Parsed values as plain JavaScript, for comparison: groups are objects, lists `{ list }`, integers bigint. */
import { ConfigError } from '../../../../src/core/errors.ts';
import {
  parseLibconfig,
  type IncludeReader,
  type Settings,
} from '../../../../src/config/libconfig/parser.ts';
import type { Value } from '../../../../src/config/libconfig/values.ts';

export type Plain = string | bigint | number | boolean | Plain[] | { [name: string]: Plain };

/** Refuses includes unless `files` has them. */
export function parse(text: string, files: Record<string, string> = {}): Settings {
  const read: IncludeReader = (path, from) => {
    const found = files[path];
    if (found === undefined) throw new ConfigError(`no ${path}`, from);
    return { file: path, text: found };
  };
  return parseLibconfig({ file: 'main.conf', text }, read);
}

export function parsePlain(text: string, files?: Record<string, string>): Plain {
  return plainSettings(parse(text, files));
}

function plainSettings(settings: Settings): { [name: string]: Plain } {
  return Object.fromEntries([...settings].map(([name, { value }]) => [name, plain(value)]));
}

function plain(value: Value): Plain {
  if (value.kind === 'group') return plainSettings(value.settings);
  if (value.kind === 'array') return value.values.map(plain);
  if (value.kind === 'list') return { list: value.values.map(plain) };
  return value.value;
}
