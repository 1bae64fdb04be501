/** What there is to a key of the configuration beside its name. */
import type { SettingKind } from './setting-kind.ts';

/**
 * - `start`: nothing; the value is read when the service starts.
 * - `host`: what the host receives from its router, or what it may send. The router is made again, and the tunnel too.
 * - `tunnel`: the tunnel is made again.
 */
export type Concern = 'start' | 'host' | 'tunnel';

export interface SchemaRow<T> {
  readonly kind: SettingKind<T>;
  readonly default: T;
  /** One or two sentences, Markdown. */
  readonly doc: string;
  readonly unit?: string;
  /** Other places and names that are read too. */
  readonly aliases?: readonly string[];
  /** Where it stands in the file, when that is not its name. */
  readonly path?: string;
  /** A restriction: not understanding it must stop the service instead of lifting the restriction. */
  readonly restricts?: true;
  /** What a reload with another value changes. */
  readonly concerns: Concern;
  /** Not for other eyes: a report only says that it is set. */
  readonly isSecret?: true;
  /** Read and printed, but nothing acts on it yet: what happens instead, for a warning where it is set. */
  readonly withoutEffect?: string;
  /** What the default is, in words, when it depends on other keys. */
  readonly defaultText?: string;
}

export function row<T>(
  kind: SettingKind<T>,
  defaultValue: NoInfer<T>,
  rest: Omit<SchemaRow<T>, 'kind' | 'default'>,
): SchemaRow<T> {
  return { kind, default: defaultValue, ...rest };
}
