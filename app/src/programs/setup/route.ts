/** Routes of the kernel: as iproute2 takes them and as it reports them (`ip -N -d -json route`). */
import type { Family } from './rule.ts';

export interface Route {
  readonly family: Family;
  /** What follows `ip route add` or `del`. */
  readonly words: string;
  /** Equal for equal routes. */
  readonly key: string;
}

/** Kinds of rtnetlink(7), by which `ip -N` names them. */
const kinds = { unicast: '1', blackhole: '6', unreachable: '7' } as const;

interface RouteTo {
  readonly kind?: keyof typeof kinds;
  /** As iproute2 prints it. */
  readonly destination: string;
  /** Undefined for a route that leads nowhere. */
  readonly device?: string;
  readonly table: number;
  readonly metric?: number;
  /** Ahead of routes of the same destination with another preference (RFC 4191). */
  readonly isPreferred?: boolean;
}

export function routeOf(family: Family, to: RouteTo): Route {
  const { kind = 'unicast', destination, device, table, metric, isPreferred = false } = to;
  const words = [
    ...(kind === 'unicast' ? [] : [kind]),
    destination,
    ...(device === undefined ? [] : [`dev ${device}`]),
    `table ${table}`,
    ...(metric === undefined ? [] : [`metric ${metric}`]),
    ...(isPreferred ? ['pref high'] : []),
    'protocol kernel',
  ].join(' ');
  const reported = { type: kinds[kind], dst: destination, dev: device, table, metric };
  return { family, words, key: routeKey(family, reported) };
}

/** IPv6 gives a route without a destination for its packets the device lo. */
export function routeKey(family: Family, reported: Readonly<Record<string, unknown>>): string {
  const { type = kinds.unicast, dst, dev, table = '254', metric, gateway } = reported;
  const device = type === kinds.unicast ? String(dev) : 'none';
  const way = gateway === undefined ? '' : ' by a gateway';
  const text = `type=${String(type)} dst=${String(dst)} dev=${device} table=${String(table)} metric=${String(metric)}`;
  return `ipv${family} ${text}${way}`;
}
