/**
 * What a Router Advertisement of ours says (RFC 4861 section 6.2.3, RFC 4191, RFC 8106): managed addresses, the
 * tunnel's MTU, the routes into the tunnel, and name servers if there are any.
 *
 * Leaves out Prefix Information: there is nothing on the link but the host, and no address is formed without DHCPv6.
 */
import type { Duration } from '../core/time.ts';
import { bytesEqual } from '../wire/bytes.ts';
import { formatIpv6 } from '../wire/ipv6-address.ts';
import { ipv6HeaderLength, ipv6MinimumMtu } from '../wire/ipv6.ts';
import { encodeNdOptions } from '../wire/nd/options/option-list.ts';
import type { NdOption } from '../wire/nd/options/registry.ts';
import type { RouterAdvertisement } from '../wire/nd/router-advertisement.ts';
import type { DnsSettings } from './dns-settings.ts';
import { routePrefix, type RoutePrefix } from './route-prefix.ts';

export interface AdvertisementSettings {
  /** The tunnel's address; its /64 is a route into the tunnel. */
  readonly address: Uint8Array;
  /** Addresses that the tunnel had before: their routes are taken back. */
  readonly formerAddresses: readonly Uint8Array[];
  readonly routes: readonly RoutePrefix[];
  /** Announced before, by another configuration: taken back where they are announced no more. */
  readonly formerRoutes?: readonly RoutePrefix[] | undefined;
  /** Longest time between two advertisements. */
  readonly period: Duration;
  /** Link-layer address of the router, where the link has them. */
  readonly announcedMac: Uint8Array | undefined;
  readonly dns: DnsSettings;
}

export interface AdvertisementContent {
  readonly message: RouterAdvertisement;
  /** The same with every lifetime 0: this router ends. */
  readonly withdrawal: RouterAdvertisement;
  /** What did not fit, in words, for the operator. */
  readonly omitted: readonly string[];
}

/** The longest that RFC 4861 section 6.2.1 allows. */
const defaultRouteSeconds = 9000;
/** Two advertisements may be lost before a host drops a route. */
const periodsToLive = 3;
const fixedPart = 16;
const optionBytes = ipv6MinimumMtu - ipv6HeaderLength - fixedPart;

export function advertisementContent(settings: AdvertisementSettings): AdvertisementContent {
  const lifetime = Math.ceil((periodsToLive * settings.period) / 1000);
  const isDefault = settings.routes.some((route) => route.length === 0);
  const routes = routesToAnnounce(settings);
  const formerRoutes = routesToWithdraw(settings, routes);
  const room =
    optionBytes -
    encodeNdOptions([
      ...basicOptions(settings, lifetime),
      ...formerRoutes.map((route) => routeOption(route, 0)),
    ]).length;
  const fitting = routesThatFit(routes, room);

  const build = (routerLifetime: number, optionLifetime: number): RouterAdvertisement => ({
    kind: 'router-advertisement',
    curHopLimit: 0,
    managed: true,
    // Redundant beside M (RFC 4861 section 4.2), but some hosts ask for DNS only when they see it.
    otherConfig: settings.dns.servers.length > 0 || settings.dns.search.length > 0,
    // RFC 4191 section 2.2: without a lifetime the preference must be the one that is coded as zero.
    preference: routerLifetime > 0 ? 'high' : 'medium',
    routerLifetime,
    reachableTimeMs: 0,
    retransTimerMs: 0,
    options: [
      ...basicOptions(settings, optionLifetime),
      ...fitting.map((route) => routeOption(route, optionLifetime)),
      ...formerRoutes.map((route) => routeOption(route, 0)),
    ],
  });
  return {
    message: build(isDefault ? defaultRouteSeconds : 0, lifetime),
    withdrawal: build(0, 0),
    omitted: routes
      .slice(fitting.length)
      .map(
        (route) =>
          `route.prefixes: ${formatIpv6(route.address)}/${route.length} does not fit into a Router Advertisement ` +
          `of ${ipv6MinimumMtu} bytes and is not announced; list fewer prefixes`,
      ),
  };
}

/** The own /64 first. The default route is the Router Lifetime: plain hosts understand only that. */
function routesToAnnounce({ address, routes }: AdvertisementSettings): readonly RoutePrefix[] {
  const announced = [routePrefix(address, 64)];
  for (const route of routes) {
    if (route.length === 0) continue;
    const masked = routePrefix(route.address, route.length);
    if (!includesRoute(announced, masked)) announced.push(masked);
  }
  return announced;
}

/**
 * The /64 of each former address, and the former routes, unless they are announced still or again. A default route that
 * is gone is not an option: the Router Lifetime says it.
 */
function routesToWithdraw(
  { formerAddresses, formerRoutes = [] }: AdvertisementSettings,
  announced: readonly RoutePrefix[],
): readonly RoutePrefix[] {
  const withdrawn: RoutePrefix[] = [];
  for (const former of [
    ...formerAddresses.map((address) => routePrefix(address, 64)),
    ...formerRoutes.filter((route) => route.length > 0),
  ]) {
    if (!includesRoute([...announced, ...withdrawn], former)) withdrawn.push(former);
  }
  return withdrawn;
}

export function includesRoute(routes: readonly RoutePrefix[], route: RoutePrefix): boolean {
  return routes.some(
    (known) => known.length === route.length && bytesEqual(known.address, route.address),
  );
}

function routesThatFit(routes: readonly RoutePrefix[], room: number): readonly RoutePrefix[] {
  const each = encodeNdOptions(routes.slice(0, 1).map((route) => routeOption(route, 0))).length;
  return routes.slice(0, Math.floor(room / each));
}

function basicOptions(settings: AdvertisementSettings, lifetime: number): NdOption[] {
  const { announcedMac, dns } = settings;
  const options: NdOption[] = [];
  if (announcedMac !== undefined) {
    options.push({ kind: 'source-link-layer-address', mac: announcedMac.slice() });
  }
  options.push({ kind: 'mtu', mtuBytes: ipv6MinimumMtu });
  if (dns.servers.length > 0) options.push({ kind: 'rdnss', lifetime, servers: dns.servers });
  if (dns.search.length > 0) options.push({ kind: 'dnssl', lifetime, names: dns.search });
  return options;
}

/** All 16 bytes of the prefix, also where fewer would do: the form that every host reads. */
function routeOption(route: RoutePrefix, routeLifetime: number): NdOption {
  return {
    kind: 'route-information',
    prefix: route.address,
    prefixLength: route.length,
    preference: 'high',
    routeLifetime,
  };
}
