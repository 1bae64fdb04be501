/** What the configuration asks of this machine, judged and reduced to what `enftun-setup` needs. Pure. */
import type { Config } from '../../config/config.ts';
import { ConfigError } from '../../core/errors.ts';
import { routePrefix, type RoutePrefix } from '../../router/route-prefix.ts';
import {
  formatIpv6,
  isMulticast,
  multicastScope,
  parseIpv6,
  staysOnLink,
} from '../../wire/ipv6-address.ts';

export interface Plan {
  readonly interfaceName: string;
  /** The user that may attach to the interface, beside root. An interface without one would be open to everybody. */
  readonly owner: string;
  /** Firewall mark of the tunnel's own packets; 0: none. */
  readonly mark: number;
  readonly table: number;
  /** Everything goes through the tunnel. */
  readonly isDefault: boolean;
  /** Other destinations, as iproute2 prints them. */
  readonly prefixes: readonly PlannedPrefix[];
  readonly trusted: readonly string[];
  /** TCP ports of the servers: the tunnel, and provisioning. */
  readonly ports: readonly number[];
}

interface PlannedPrefix {
  readonly text: string;
  readonly isMulticast: boolean;
}

/** The user of the tunnel's unit, and the owner of the interface where that user does not exist. */
export const serviceUser = 'enftun';
export const rootUser = 'root';

/** Names that iproute2, nftables and /proc/sys take for what they are, without quotes. */
const plainName = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/;
/** Folders beside those of the interfaces in /proc/sys/net, and the kernel's own interface. */
const reservedNames = new Set(['all', 'default', 'lo']);
/** default, main, local: the kernel's. */
const kernelTables = new Set([253, 254, 255]);
/** Lists of a configuration that a person writes; more is a mistake. */
const mostTrusted = 32;
const mostPrefixes = 256;

type Settings = Pick<Config, 'file' | 'link' | 'tun' | 'remote' | 'route' | 'identity'>;

/** Throws ConfigError. */
export function planOf(config: Settings, owner: string): Plan {
  const { file, link, tun, remote, route, identity } = config;
  const refuse = (key: string, problem: string, expected: string, found: string): never => {
    throw new ConfigError(problem, { file, key, expected, found });
  };
  if (link.type !== 'tun') {
    refuse('link.type', 'there is nothing to set up for an Ethernet link', '"tun"', link.type);
  }
  for (const [key, names] of [
    ['tun.dev', [tun.dev]],
    ['route.trusted_interfaces', route.trustedInterfaces],
  ] as const) {
    const wrong = names.find((name) => !plainName.test(name) || reservedNames.has(name));
    if (wrong === undefined) continue;
    const expected = 'letters, digits, "_", "." and "-", and none of all, default, lo';
    refuse(key, 'cannot be set up', expected, JSON.stringify(wrong));
  }
  if (route.trustedInterfaces.includes(tun.dev)) {
    refuse('route.trusted_interfaces', 'names the tunnel itself', 'other interfaces', tun.dev);
  }
  bound('route.trusted_interfaces', route.trustedInterfaces.length, mostTrusted);
  bound('route.prefixes', route.prefixes.length, mostPrefixes);
  const isDefault = route.prefixes.some(({ value }) => value.length === 0);
  if (isDefault && route.fwmark <= 0) {
    const problem =
      'the policy "default" recognizes the packets of the tunnel itself by their mark';
    refuse('route.fwmark', problem, 'a number above 0', String(route.fwmark));
  }
  const others = route.prefixes.filter(({ value }) => value.length > 0);
  for (const { text, value } of others) {
    const problem = unroutable(value);
    if (problem !== undefined) refuse('route.prefixes', problem, 'other IPv6 prefixes', text);
  }
  const isTableUsed = isDefault || others.some(({ value }) => !isMulticast(value.address));
  if (isTableUsed && kernelTables.has(route.table)) {
    const problem = "is one of the kernel's own tables";
    refuse('route.table', problem, 'a table of its own', String(route.table));
  }
  return {
    interfaceName: tun.dev,
    owner,
    mark: Math.max(0, route.fwmark),
    table: route.table,
    isDefault,
    prefixes: distinct(others.map(({ value }) => plannedPrefix(value))),
    trusted: [...new Set(route.trustedInterfaces)],
    ports: [...new Set([remote.port, identity.xtt.remotePort])],
  };

  function bound(key: string, found: number, most: number): void {
    if (found > most) refuse(key, 'is too long', `at most ${most} entries`, String(found));
  }
}

/** Undefined for what a tunnel can carry. */
function unroutable({ address }: RoutePrefix): string | undefined {
  if (isMulticast(address)) {
    return multicastScope(address) <= 2 ? 'multicast of one link cannot be routed' : undefined;
  }
  if (staysOnLink(address, 0)) return 'addresses of one link cannot be routed';
  const isEmbedded = address.subarray(0, 10).every((byte) => byte === 0);
  return isEmbedded ? 'addresses below ::/80 (IPv4 among them) cannot be routed' : undefined;
}

function plannedPrefix({ address, length }: RoutePrefix): PlannedPrefix {
  const text = formatIpv6(address);
  return {
    text: length === 128 ? text : `${text}/${length}`,
    isMulticast: isMulticast(address),
  };
}

function distinct(prefixes: readonly PlannedPrefix[]): PlannedPrefix[] {
  return [...new Map(prefixes.map((prefix) => [prefix.text, prefix])).values()];
}

/** A server that a prefix leads into its own tunnel, without a mark that leads it past; undefined if there is none. */
export function serverInside({
  remote,
  route,
}: Pick<Config, 'remote' | 'route'>): string | undefined {
  if (route.fwmark > 0) return undefined;
  for (const host of remote.hosts) {
    const address = host.kind === 'address' ? parseIpv6(host.text) : undefined;
    if (address === undefined) continue;
    const around = route.prefixes.find(
      ({ value }) =>
        value.length > 0 &&
        Buffer.from(routePrefix(address, value.length).address).equals(value.address),
    );
    if (around === undefined) continue;
    return `${host.text} lies inside ${around.text} of route.prefixes, so the tunnel would lead into itself; set route.fwmark`;
  }
  return undefined;
}
