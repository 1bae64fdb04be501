/**
 * Takes the values of the schema's keys out of a parsed file. What C's reader passed over in silence (unknown keys,
 * wrong types) becomes a warning, and the default stays; values that cannot mean anything are errors.
 */
import { ConfigError } from '../core/errors.ts';
import type { ConfigWarning } from './config-warning.ts';
import type { Settings } from './libconfig/parser.ts';
import type { Place, Setting, Value } from './libconfig/values.ts';
import { nearestKey } from './nearest-key.ts';
import type { SchemaRow } from './schema-row.ts';
import {
  obsoleteKeys,
  rowOf,
  settingNames,
  type SettingName,
  type SettingValues,
} from './schema.ts';

export interface ReadSettings {
  readonly values: SettingValues;
  /** Where each key is set; keys that are not set are absent. */
  readonly places: ReadonlyMap<SettingName, Place>;
  readonly warnings: readonly ConfigWarning[];
}

/** Throws ConfigError for the first value that cannot mean anything. */
export function readSettings(settings: Settings): ReadSettings {
  const reader = new SettingsReader(settings);
  for (const name of settingNames) reader.read(name);
  reader.reportUnknown('', settings);
  const warnings = reader.warnings.sort((a, b) =>
    a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line,
  );
  // Every name of the schema was read.
  return { values: reader.values as SettingValues, places: reader.places, warnings };
}

class SettingsReader {
  readonly values: Partial<Record<SettingName, unknown>> = {};
  readonly places = new Map<SettingName, Place>();
  readonly warnings: ConfigWarning[] = [];
  readonly #settings: Settings;
  /** Paths that were warned of. */
  readonly #withoutEffect = new Set<string>();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  read(name: SettingName): void {
    const row = rowOf(name);
    this.values[name] = row.default;
    const [chosen, ...others] = pathsOf(name).flatMap((path) => {
      const setting = find(this.#settings, path.split('.'));
      return setting === undefined ? [] : [{ path, setting }];
    });
    if (chosen === undefined) return;
    for (const { path, setting } of others) {
      this.#warn(path, setting, `means the same as ${chosen.path}, which is set too and wins`);
    }
    this.#convert(name, row, chosen.path, chosen.setting);
  }

  #convert(name: SettingName, row: SchemaRow<unknown>, path: string, setting: Setting): void {
    const reading = row.kind.read(setting.value);
    switch (reading.result) {
      case 'wrong type': {
        const expected = row.kind.expected;
        const found = describe(setting.value);
        if (row.restricts) throw configError(setting.place, path, 'wrong type', expected, found);
        const used = this.#defaultText(row);
        this.#warn(path, setting, `wrong type; expected ${expected}, found ${found}; ${used}`);
        return;
      }
      case 'invalid':
        throw configError(setting.place, path, 'unusable value', reading.expected, reading.found);
      case 'corrected':
        this.#warn(path, setting, reading.problem);
        break;
      case 'value':
        break;
    }
    // Keys of a group without effect are not reported one by one.
    const isTold = parents(path).some((group) => this.#withoutEffect.has(group));
    if (row.withoutEffect !== undefined && !isTold) {
      this.#withoutEffect.add(path);
      this.#warn(path, setting, `has no effect in this version; ${row.withoutEffect}`);
    }
    this.values[name] = reading.value;
    this.places.set(name, setting.place);
  }

  #defaultText(row: SchemaRow<unknown>): string {
    return row.default === undefined
      ? 'it stays unset'
      : `the default is used: ${row.kind.print(row.default) || 'none'}`;
  }

  reportUnknown(prefix: string, settings: Settings): void {
    for (const [name, setting] of settings) {
      const path = prefix + name;
      const { value } = setting;
      if (obsoleteKeys.includes(path)) continue;
      if (groups.has(path)) {
        if (value.kind === 'group') this.reportUnknown(`${path}.`, value.settings);
        else if (!knownPaths.has(path)) {
          const found = describe(value);
          this.#warn(
            path,
            setting,
            `wrong type; expected a group in braces, found ${found}; ignored`,
          );
        }
      } else if (!knownPaths.has(path)) {
        const suggestion = nearestKey(path, value.kind === 'group' ? [...groups] : [...knownPaths]);
        const hint = suggestion === undefined ? '' : `; did you mean ${suggestion}?`;
        this.#warn(path, setting, `unknown key, ignored${hint}`);
      }
    }
  }

  #warn(key: string, { place }: Setting, problem: string): void {
    this.warnings.push({ file: place.file, line: place.line, key, problem });
  }
}

/** Where a key may stand in a file, the proper place first. */
function pathsOf(name: SettingName): string[] {
  const row = rowOf(name);
  return [row.path ?? name, ...(row.aliases ?? [])];
}

const knownPaths = new Set(settingNames.flatMap(pathsOf));
const groups = new Set([...knownPaths].flatMap(parents));

/** `a.b` and `a` for `a.b.c`. */
function parents(path: string): string[] {
  const end = path.lastIndexOf('.');
  return end < 0 ? [] : [path.slice(0, end), ...parents(path.slice(0, end))];
}

function find(settings: Settings, path: readonly string[]): Setting | undefined {
  const [first = '', ...rest] = path;
  const setting = settings.get(first);
  if (rest.length === 0) return setting;
  return setting?.value.kind === 'group' ? find(setting.value.settings, rest) : undefined;
}

function describe(value: Value): string {
  switch (value.kind) {
    case 'group':
      return 'a group';
    case 'list':
      return 'a list in parentheses';
    case 'array': {
      const [first] = value.values;
      return first === undefined ? 'an empty array' : `an array of ${first.kind} values`;
    }
    case 'string':
      return `the string ${JSON.stringify(value.value.slice(0, 60))}`;
    case 'integer':
    case 'float':
    case 'boolean':
      return `${value.kind} ${value.value}`;
  }
}

function configError(
  { file, line }: Place,
  key: string,
  problem: string,
  expected: string,
  found: string,
): ConfigError {
  return new ConfigError(problem, { file, line, key, expected, found });
}
