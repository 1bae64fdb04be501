/** What the kernel reports, reduced to what a set-up consists of. Reads the JSON of iproute2 and nftables. Pure. */
import { EnvironmentError } from '../../core/errors.ts';
import { rulesInStamp } from './firewall.ts';
import { routeKey } from './route.ts';
import { ruleKey, type Family } from './rule.ts';

export interface LinkState {
  readonly isTun: boolean;
  readonly isPersistent: boolean;
  readonly owner: string | undefined;
  readonly mtu: number;
  readonly isUp: boolean;
  /** A text that any program may leave at an interface. */
  readonly alias: string | undefined;
}

export interface FoundRule {
  readonly family: Family;
  readonly priority: number;
  readonly key: string;
}

export interface FoundRoute {
  readonly family: Family;
  readonly table: number;
  readonly key: string;
}

export interface KernelState {
  /** Undefined: there is no such interface. */
  readonly link: LinkState | undefined;
  /** The group of every interface. */
  readonly groups: ReadonlyMap<string, number>;
  readonly rules: readonly FoundRule[];
  readonly routes: readonly FoundRoute[];
  /** Tables of the family inet, and the stamp of those that are as they were loaded. */
  readonly firewalls: ReadonlyMap<string, string | undefined>;
  /** By name below /proc/sys/net; undefined where there is no such setting. */
  readonly settings: ReadonlyMap<string, string | undefined>;
}

type Json = Readonly<Record<string, unknown>>;

/** The output of a program as data; `what` is its command line. Throws EnvironmentError. */
export function parseJson(text: string, what: string): unknown {
  // iproute2 prints nothing at all for an empty list.
  if (text.trim() === '') return [];
  try {
    return JSON.parse(text);
  } catch (cause) {
    const problem = `${what}: the output is not JSON; iproute2 5.0 and nftables 0.9.3 or later are needed`;
    throw new EnvironmentError(problem, { errno: 'EPROTO', syscall: 'read', cause });
  }
}

export function linkState(links: unknown, name: string): LinkState | undefined {
  const link = objects(links).find(({ ifname }) => ifname === name);
  if (link === undefined) return undefined;
  const info = object(link.linkinfo);
  const data = object(info.info_data);
  return {
    isTun: info.info_kind === 'tun' && data.type === 'tun',
    isPersistent: data.persist === true,
    owner: optionalText(data.user),
    mtu: Number(link.mtu),
    isUp: Array.isArray(link.flags) && link.flags.includes('UP'),
    alias: optionalText(link.ifalias),
  };
}

export function groupsOf(links: unknown): Map<string, number> {
  return new Map(objects(links).map(({ ifname, group }) => [String(ifname), Number(group ?? 0)]));
}

export function rulesIn(family: Family, rules: unknown): FoundRule[] {
  return objects(rules).map((rule) => ({
    family,
    priority: Number(rule.priority),
    key: ruleKey(family, rule),
  }));
}

export function routesIn(family: Family, routes: unknown): FoundRoute[] {
  return objects(routes).map((route) => ({
    family,
    table: Number(route.table ?? 254),
    key: routeKey(family, route),
  }));
}

/** Of `nft -j list ruleset`. */
export function firewallsIn(ruleset: unknown): Map<string, string | undefined> {
  const found = objects(object(ruleset).nftables);
  const of = (kind: string): Json[] =>
    found.map((entry) => object(entry[kind])).filter(({ family }) => family === 'inet');
  const rules = of('rule');
  const chains = of('chain');
  return new Map(
    of('table').map(({ name }) => {
      const own = rules.filter(({ table }) => table === name);
      const stamps = own.map(({ comment }) => optionalText(comment) ?? '');
      const stamp = stamps.find((text) => rulesInStamp(text) !== undefined);
      const isWhole =
        stamp !== undefined &&
        rulesInStamp(stamp) === own.length &&
        ['input', 'output', 'forward'].every((hook) =>
          chains.some((one) => one.table === name && one.hook === hook && one.policy === 'drop'),
        );
      return [String(name), isWhole ? stamp : undefined];
    }),
  );
}

function objects(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(object) : [];
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
