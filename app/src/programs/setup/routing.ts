/**
 * The routing policy of a plan as rules and routes.
 *
 * Without a client the interface stays up and drops what it gets. Should the interface go down or away, its routes go
 * with it; behind each of them stands a route of the worst metric that leads nowhere, or a rule that refuses, so that
 * no packet takes another way.
 */
import type { Plan } from './plan.ts';
import { routeOf, type Route } from './route.ts';
import { ruleOf, type Family, type Rule } from './rule.ts';

/** Before the rules that VPNs make for themselves, behind those for the kernel's own virtual routers (1000). */
export const priorities = {
  dhcp: 2090,
  own: 2091,
  trusted: 2092,
  prefix: 2093,
  prefixEnd: 2094,
  policy: 2097,
} as const;

const mainTable = 254;
const localTable = 255;
/** The kernel's own routes to ff00::/8 in table local have 256. */
const multicastMetric = 50;
/** So that two programs, and iproute2 when it deletes, mean the same route. */
const prefixMetric = 1024;
const lastMetric = 2147483647;
const families: readonly Family[] = [6, 4];

export function rulesOf({ mark, table, isDefault, trusted, prefixes }: Plan): Rule[] {
  return [
    // A client renews its lease from a socket, which has no mark.
    ...(isDefault ? [ruleOf(4, priorities.dhcp, { udp: [68, 67], table: mainTable })] : []),
    // Past the policies of other tunnels.
    ...(mark > 0 ? both(priorities.own, { mark, table: mainTable }) : []),
    ...(isDefault && trusted.length > 0
      ? both(priorities.trusted, { isOfTrusted: true, table: mainTable })
      : []),
    // Table main is not asked: a more specific route of another program there would lead out.
    ...unicast(prefixes).flatMap(({ text }) => [
      ruleOf(6, priorities.prefix, { to: text, table }),
      ruleOf(6, priorities.prefixEnd, { to: text }),
    ]),
    ...(isDefault ? both(priorities.policy, { isNot: true, mark, table }) : []),
  ];
}

/** Whether a table of its own is needed. */
export function needsTable({ isDefault, prefixes }: Plan): boolean {
  return isDefault || unicast(prefixes).length > 0;
}

/** Multicast is routed by table local, where the kernel's own routes for it are. */
function unicast(prefixes: Plan['prefixes']): Plan['prefixes'] {
  return prefixes.filter((prefix) => !prefix.isMulticast);
}

function both(priority: number, selector: Parameters<typeof ruleOf>[2]): Rule[] {
  return families.map((family) => ruleOf(family, priority, selector));
}

export function routesOf({ interfaceName: device, table, isDefault, prefixes }: Plan): Route[] {
  const policy: Route[] = [
    routeOf(6, {
      destination: 'ff00::/8',
      device,
      table: localTable,
      metric: multicastMetric,
      isPreferred: true,
    }),
    routeOf(6, { destination: 'default', device, table, metric: prefixMetric }),
    routeOf(6, { kind: 'unreachable', destination: 'default', table, metric: lastMetric }),
    routeOf(4, { kind: 'blackhole', destination: 'default', table }),
  ];
  return [
    ...(isDefault ? policy : []),
    ...prefixes.flatMap(({ text, isMulticast }) =>
      isMulticast
        ? [
            routeOf(6, { destination: text, device, table: localTable, metric: multicastMetric }),
            // The kernel's own routes of each interface, to ff00::/8, would be next.
            routeOf(6, {
              kind: 'unreachable',
              destination: text,
              table: localTable,
              metric: lastMetric,
            }),
          ]
        : [routeOf(6, { destination: text, device, table, metric: prefixMetric })],
    ),
  ];
}
