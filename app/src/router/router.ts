/**
 * The router as the host on the cable sees it: one state machine over the router advertiser, the neighbour responder,
 * the DHCPv6 server, the echo responder and the ICMPv6 errors. Events in, actions and the next deadline out.
 *
 * It keeps no reference to a packet or MAC that it was given: the caller may reuse its buffers at once.
 */
import type { Duration, Instant } from '../core/time.ts';
import { earliest } from '../core/time.ts';
import type { DomainName } from '../wire/domain-name.ts';
import { etherType } from '../wire/ethernet.ts';
import { addressEquals } from '../wire/ipv6-address.ts';
import { ipv6SourceOffset } from '../wire/ipv6.ts';
import { isUnicastMac } from '../wire/mac-address.ts';
import { advertisementContent, type AdvertisementSettings } from './advertisement-content.ts';
import { AdvertisementSchedule } from './advertisement-schedule.ts';
import { Dhcpv6Responder } from './dhcpv6/responder.ts';
import { limitDns } from './dns-settings.ts';
import { EchoResponder } from './echo-responder.ts';
import type { RouterAction } from './router-action.ts';
import { noActions } from './router-action.ts';
import type { RouterCounters } from './router-counters.ts';
import { createRouterCounters } from './router-counters.ts';
import { HostMac } from './host-mac.ts';
import { IcmpErrors, type UnreachableCode } from './icmp-errors.ts';
import { NeighbourResponder } from './neighbour-responder.ts';
import { PacketDispatch } from './packet-dispatch.ts';
import type { Station } from './reachability-probe.ts';
import type { RoutePrefix } from './route-prefix.ts';
import { RouterAdvertiser } from './router-advertiser.ts';

export interface RouterOptions {
  /** The tunnel's address, 16 bytes: the one address that the host gets. */
  readonly address: Uint8Array;
  /** Addresses before this one that a host may still have, 16 bytes each; few. Default none. */
  readonly formerAddresses?: readonly Uint8Array[] | undefined;
  /** As in `AdvertisementSettings`. */
  readonly formerRoutes?: readonly RoutePrefix[] | undefined;
  /** MAC of our own interface, 6 bytes; absent on a TUN. */
  readonly mac?: Uint8Array | undefined;
  /** Link-layer address announced for the router in place of `mac`; on a TUN: announced at all. */
  readonly announcedMac?: Uint8Array | undefined;
  readonly routes: readonly RoutePrefix[];
  /** Longest time between two periodic RAs, 4 to 1800 s. */
  readonly raPeriod: Duration;
  /** Our DHCPv6 server identifier. */
  readonly duid: Uint8Array;
  /** Recursive name servers for the host, 16 bytes each. */
  readonly dnsServers: readonly Uint8Array[];
  readonly dnsSearch: readonly DomainName[];
  /** Fixed MAC of the host: nothing is learned. */
  readonly hostMac?: Uint8Array | undefined;
  /** `host` of the router before this one, if the carrier has not been lost since. */
  readonly presentHost?: Station | undefined;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export class Router {
  readonly counters: RouterCounters = createRouterCounters();
  /** What of the configuration cannot be announced to hosts, in words, to be logged once. */
  readonly warnings: readonly string[];

  readonly #address: Uint8Array;
  readonly #announcement: AdvertisementSettings;
  /** The router's link-layer address whatever the interface's is. */
  readonly #fixedMac: Uint8Array | undefined;
  readonly #advertiser: RouterAdvertiser;
  readonly #neighbours: NeighbourResponder;
  readonly #hostMac: HostMac;
  readonly #errors: IcmpErrors;
  readonly #dispatch: PacketDispatch;

  constructor(options: RouterOptions) {
    const { counters } = this;
    const { address, formerAddresses = [] } = options;
    const announcedMac = options.announcedMac ?? options.mac;
    const dns = limitDns(options.dnsServers, options.dnsSearch);
    this.#announcement = {
      address,
      formerAddresses,
      routes: options.routes,
      formerRoutes: options.formerRoutes,
      period: options.raPeriod,
      announcedMac,
      dns,
    };
    const content = advertisementContent(this.#announcement);
    const schedule = new AdvertisementSchedule(options.raPeriod, options.random);
    const isEthernet = options.mac !== undefined;

    this.#address = address.slice();
    this.#fixedMac = options.announcedMac;
    this.#advertiser = new RouterAdvertiser(content, schedule, counters);
    this.#neighbours = new NeighbourResponder({ announcedMac, isEthernet }, counters);
    this.#hostMac = new HostMac(
      {
        own: options.mac,
        fixed: options.hostMac,
        announced: announcedMac,
        address,
        present: options.presentHost,
      },
      counters,
    );
    this.#errors = new IcmpErrors(counters);
    const server = { address, formerAddresses, duid: options.duid, dns };
    this.#dispatch = new PacketDispatch(
      {
        advertiser: this.#advertiser,
        neighbours: this.#neighbours,
        dhcpv6: new Dhcpv6Responder(server, counters),
        hostMac: this.#hostMac,
        errors: this.#errors,
        echo: new EchoResponder(options.random, counters),
      },
      counters,
    );
    this.warnings = [...dns.omitted, ...content.omitted];
  }

  /** The host, once it is learned; never on a TUN. */
  get host(): Station | undefined {
    return this.#hostMac.known;
  }

  /** When `expire` wants to be called; undefined: nothing is due until another event. */
  get deadline(): Instant | undefined {
    const multicast = earliest(this.#advertiser.deadline, this.#neighbours.deadline);
    return earliest(multicast, this.#hostMac.deadline);
  }

  /** Carrier up, or the service has started: announce ourselves to a host that may be another one than before. */
  linkUp(now: Instant): readonly RouterAction[] {
    return [
      ...this.#hostMac.linkUp(),
      ...this.#neighbours.linkUp(now),
      ...this.#advertiser.linkUp(now),
    ];
  }

  /** The carrier is down, so the host receives nothing. */
  linkDown(): void {
    this.#advertiser.linkDown();
    this.#neighbours.linkDown();
    this.#hostMac.linkDown();
  }

  /** Adopts the interface's new MAC address and advertises it to a connected host. */
  macChanged(mac: Uint8Array, now: Instant): readonly RouterAction[] {
    this.#hostMac.setOwn(mac, this.#fixedMac ?? mac);
    if (this.#fixedMac !== undefined) return noActions;
    const content = advertisementContent({ ...this.#announcement, announcedMac: mac });
    return [
      ...this.#neighbours.setAnnouncedMac(mac, now),
      ...this.#advertiser.setContent(content, now),
    ];
  }

  /**
   * A packet from the host that stays on the link. `sourceMac` is its frame's, from which `acceptsFrom` accepts frames;
   * undefined on a TUN.
   */
  receive(
    packet: Uint8Array,
    sourceMac: Uint8Array | undefined,
    now: Instant,
  ): readonly RouterAction[] {
    const learned = this.#learnFromSource(packet, sourceMac, now);
    const actions = this.#dispatch.consume(packet, sourceMac, now);
    return learned.length === 0 ? actions : [...learned, ...actions];
  }

  /**
   * False for a frame whose source is not a station of the link, which is counted: an answer to a group's address would
   * go to everybody, one to our own would be a loop.
   */
  acceptsFrom(sourceMac: Uint8Array): boolean {
    if (this.#hostMac.isOwn(sourceMac)) this.counters.fromOwnMac += 1;
    else if (!isUnicastMac(sourceMac)) this.counters.fromGroupMac += 1;
    else return true;
    return false;
  }

  /** A frame from the host that is not IPv6: only counted. */
  ignoreFrame(type: number): void {
    if (type === etherType.ipv4) this.counters.ipv4 += 1;
    else if (type === etherType.arp) this.counters.arp += 1;
    else this.counters.otherEtherType += 1;
  }

  /** A packet whose source is our address came from this MAC. Allocates nothing unless it is another host's. */
  learnFromData(sourceMac: Uint8Array, now: Instant): readonly RouterAction[] {
    return this.#hostMac.learnFromData(sourceMac, now);
  }

  /**
   * `packet` is too big for the tunnel. `sourceMac` is the station that sent it; undefined: the one that the link's
   * data comes from. Allocates nothing when no error is due.
   */
  packetTooBig(
    packet: Uint8Array,
    sourceMac: Uint8Array | undefined,
    now: Instant,
  ): readonly RouterAction[] {
    return this.#errors.packetTooBig(packet, sourceMac, now);
  }

  /** The same for a packet that cannot be delivered: code 0 while the tunnel is down, 5 for a wrong source address. */
  unreachable(
    packet: Uint8Array,
    sourceMac: Uint8Array | undefined,
    code: UnreachableCode,
    now: Instant,
  ): readonly RouterAction[] {
    return this.#errors.unreachable(packet, sourceMac, code, now);
  }

  /** The deadline has come. */
  expire(now: Instant): readonly RouterAction[] {
    return [
      ...this.#advertiser.expire(now),
      ...this.#neighbours.expire(now),
      ...this.#hostMac.expire(now),
    ];
  }

  /** The system shuts down: withdraw every route. Not for a restart of the service, which should not be noticed. */
  shutdown(): readonly RouterAction[] {
    this.#neighbours.linkDown();
    return this.#advertiser.withdraw();
  }

  #learnFromSource(
    packet: Uint8Array,
    sourceMac: Uint8Array | undefined,
    now: Instant,
  ): readonly RouterAction[] {
    if (!addressEquals(packet, ipv6SourceOffset, this.#address)) return noActions;
    return this.#hostMac.learnFromData(sourceMac, now);
  }
}
