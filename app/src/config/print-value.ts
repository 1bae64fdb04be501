/** The text that `-p KEY` prints: the value that the service would use. Scripts such as `enftun-setup` read it. */
import { rowOf, settingNames, type SettingName, type SettingValues } from './schema.ts';

/**
 * Without a line end. Strings as they are, integers in decimal, arrays joined by one space, `(null)` for what is unset.
 * Undefined: there is no such key. A key's other names are known too.
 */
export function printValue(values: SettingValues, key: string): string | undefined {
  const name = settingNames.find(
    (candidate) => candidate === key || aliases(candidate).includes(key),
  );
  if (name === undefined) return undefined;
  return rowOf(name).kind.print(values[name]);
}

function aliases(name: SettingName): readonly string[] {
  return rowOf(name).aliases ?? [];
}
