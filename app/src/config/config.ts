/**
 * The configuration as the service uses it: every key has its default filled in, units are in the type. A key of
 * `schema.ts` is found under its own name in camel case: `remote.ca_cert_file` is `config.remote.caCertFile`.
 */
import { settingNames, type SettingName, type SettingValues } from './schema.ts';

/** The values of all keys, fitted together: `link.dev` is always known. */
export type FittedValues = Omit<SettingValues, 'link.dev'> & { readonly 'link.dev': string };

export type Config = Nested<FittedValues> & {
  /** File the configuration was read from. */
  readonly file: string;
};

type CamelCase<Name extends string> = Name extends `${infer Start}_${infer Rest}`
  ? `${Start}${Capitalize<CamelCase<Rest>>}`
  : Name;
type Head<Name> = Name extends `${infer Group}.${string}` ? Group : Name;
/** The values of the group, by the rest of their names. */
type Below<Values, Group extends string> = {
  readonly [
    Name in keyof Values as Name extends `${Group}.${infer Rest}` ? Rest : never
  ]: Values[Name];
};
type Nested<Values> = {
  readonly [Name in Head<keyof Values & string> as CamelCase<Name>]: Name extends keyof Values
    ? Values[Name]
    : Nested<Below<Values, Name>>;
};

/** Puts the values into their groups. */
export function configOf(file: string, values: FittedValues): Config {
  const config: Group = { file };
  for (const name of settingNames) place(config, name, values[name]);
  // The loop above is what the type describes.
  return config as unknown as Config;
}

interface Group {
  [name: string]: unknown;
}

function place(config: Group, name: SettingName, value: unknown): void {
  const names = name.split('.').map(camelCase);
  const last = names.pop()!;
  let group = config;
  for (const part of names) group = (group[part] ??= {}) as Group;
  group[last] = value;
}

function camelCase(name: string): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}
