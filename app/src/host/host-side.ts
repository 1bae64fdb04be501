/**
 * The router as the host on the cable sees it: one state machine over the router advertiser, the neighbour responder,
 * the DHCPv6 server, the echo responder and the ICMPv6 errors. Events in, actions and the next deadline out.
 *
 * It keeps no reference to a packet or MAC that it was given: the caller may reuse its buffers at once.
 */
import { ParseError } from '../core/errors.ts';
import type { Duration, Instant } from '../core/time.ts';
import { earliest } from '../core/time.ts';
import { etherType } from '../wire/ethernet.ts';
import { decodeIcmpv6, icmpv6Type } from '../wire/icmpv6.ts';
import { addressEquals, isLinkLocal, isMulticast, multicastScope } from '../wire/ipv6-address.ts';
import {
  ipv6DestinationOffset,
  ipv6HeaderLength,
  ipv6SourceOffset,
  ipVersion,
  nextHeader,
} from '../wire/ipv6.ts';
import { decodeNeighbourSolicitation } from '../wire/nd/neighbour-solicitation.ts';
import { findNdOption, type NdOption } from '../wire/nd/options/option-list.ts';
import { decodeRouterSolicitation } from '../wire/nd/router-solicitation.ts';
import { decodeUdp } from '../wire/udp.ts';
import { advertisementContent } from './advertisement-content.ts';
import { AdvertisementSchedule } from './advertisement-schedule.ts';
import { Dhcpv6Responder } from './dhcpv6/responder.ts';
import { limitDns } from './dns-settings.ts';
import { answerEcho } from './echo-responder.ts';
import type { HostAction } from './host-action.ts';
import { noActions } from './host-action.ts';
import type { HostCounters } from './host-counters.ts';
import { createHostCounters } from './host-counters.ts';
import { HostMac } from './host-mac.ts';
import { IcmpErrors, type UnreachableCode } from './icmp-errors.ts';
import { isAnswerable, readIncoming, type Incoming } from './incoming.ts';
import { NeighbourResponder } from './neighbour-responder.ts';
import type { RoutePrefix } from './route-prefix.ts';
import { RouterAdvertiser } from './router-advertiser.ts';

export interface HostSideOptions {
  /** The tunnel's address, 16 bytes: the one address that the host gets. */
  readonly address: Uint8Array;
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
  readonly dnsSearch: readonly string[];
  /** Fixed MAC of the host: nothing is learned. */
  readonly hostMac?: Uint8Array | undefined;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export interface Received {
  /** False: not for the router; the packet is data, and the tunnel's filters decide. */
  readonly handled: boolean;
  readonly actions: readonly HostAction[];
}

const port = { dhcpv6Server: 547, mdns: 5353, llmnr: 5355 } as const;

const notForRouter: Received = { handled: false, actions: noActions };

export class HostSide {
  readonly counters: HostCounters = createHostCounters();
  /** What of the configuration cannot be announced to hosts, in words, to be logged once. */
  readonly warnings: readonly string[];

  readonly #address: Uint8Array;
  readonly #advertiser: RouterAdvertiser;
  readonly #neighbours: NeighbourResponder;
  readonly #dhcpv6: Dhcpv6Responder;
  readonly #hostMac: HostMac;
  readonly #errors: IcmpErrors;

  constructor(options: HostSideOptions) {
    const { counters } = this;
    const announcedMac = options.announcedMac ?? options.mac;
    const dns = limitDns(options.dnsServers, options.dnsSearch);
    const content = advertisementContent({
      address: options.address,
      routes: options.routes,
      period: options.raPeriod,
      announcedMac,
      dns,
    });
    const schedule = new AdvertisementSchedule(options.raPeriod, options.random);
    const isEthernet = options.mac !== undefined;

    this.#address = options.address.slice();
    this.#advertiser = new RouterAdvertiser(content, schedule, counters);
    this.#neighbours = new NeighbourResponder({ announcedMac, isEthernet }, counters);
    this.#dhcpv6 = new Dhcpv6Responder(
      { address: options.address, duid: options.duid, dns },
      counters,
    );
    this.#hostMac = new HostMac({ own: options.mac, fixed: options.hostMac }, counters);
    this.#errors = new IcmpErrors(counters);
    this.warnings = [...dns.omitted, ...content.omitted];
  }

  /** When `expire` wants to be called; undefined: nothing is due until another event. */
  get deadline(): Instant | undefined {
    return earliest(this.#advertiser.deadline, this.#neighbours.deadline);
  }

  /** Carrier up, or the service has started: announce ourselves to a host that may be another one than before. */
  linkUp(now: Instant): readonly HostAction[] {
    return [
      ...this.#hostMac.linkUp(),
      ...this.#neighbours.linkUp(now),
      ...this.#advertiser.linkUp(now),
    ];
  }

  /** Carrier down: nobody is there to hear us. */
  linkDown(): void {
    this.#advertiser.linkDown();
    this.#neighbours.linkDown();
  }

  /** A whole IPv6 packet from the host; `sourceMac` of its frame, undefined on a TUN. */
  receive(packet: Uint8Array, sourceMac: Uint8Array | undefined, now: Instant): Received {
    if (packet.length < ipv6HeaderLength)
      return { handled: true, actions: this.#drop('malformed') };
    if (ipVersion(packet, 0) !== 6) return notForRouter;
    if (this.#hostMac.isOwn(sourceMac)) {
      return { handled: true, actions: this.#drop('fromOwnMac') };
    }

    const learned = this.#learnFromSource(packet, sourceMac);
    if (!isForRouter(packet)) {
      return learned.length === 0 ? notForRouter : { handled: false, actions: learned };
    }
    const actions = this.#consume(packet, sourceMac, now);
    return { handled: true, actions: [...learned, ...actions] };
  }

  /** A frame from the host that is not IPv6: only counted. */
  ignoreFrame(type: number): void {
    if (type === etherType.ipv4) this.counters.ipv4 += 1;
    else if (type === etherType.arp) this.counters.arp += 1;
    else this.counters.otherEtherType += 1;
  }

  /** A packet whose source is our address came from this MAC. */
  learnFromData(sourceMac: Uint8Array): readonly HostAction[] {
    return this.#hostMac.learn(sourceMac);
  }

  /** `packet` from the host is too big for the tunnel. Allocates nothing when no error is due. */
  packetTooBig(packet: Uint8Array, now: Instant): readonly HostAction[] {
    return this.#errors.packetTooBig(packet, now);
  }

  /** `packet` from the host cannot be delivered: code 0 while the tunnel is down, 5 for a wrong source address. */
  unreachable(packet: Uint8Array, code: UnreachableCode, now: Instant): readonly HostAction[] {
    return this.#errors.unreachable(packet, code, now);
  }

  /** The deadline has come. */
  expire(now: Instant): readonly HostAction[] {
    return [...this.#advertiser.expire(now), ...this.#neighbours.expire(now)];
  }

  /** The system shuts down: withdraw every route. Not for a restart of the service, which should not be noticed. */
  shutdown(): readonly HostAction[] {
    this.#neighbours.linkDown();
    return this.#advertiser.withdraw();
  }

  #learnFromSource(packet: Uint8Array, sourceMac: Uint8Array | undefined): readonly HostAction[] {
    if (!addressEquals(packet, ipv6SourceOffset, this.#address)) return noActions;
    return this.#hostMac.learn(sourceMac);
  }

  #drop(reason: keyof HostCounters): readonly HostAction[] {
    this.counters[reason] += 1;
    return noActions;
  }

  #consume(
    packet: Uint8Array,
    sourceMac: Uint8Array | undefined,
    now: Instant,
  ): readonly HostAction[] {
    const incoming = readIncoming(packet, sourceMac);
    if (incoming === undefined) return this.#drop('malformed');
    if (incoming.isFragment) return this.#drop('fragmentedControl');
    try {
      switch (incoming.protocol) {
        case nextHeader.icmpv6:
          return this.#icmpv6(incoming, now);
        case nextHeader.udp:
          return this.#udp(incoming);
        default:
          return this.#drop('otherProtocol');
      }
    } catch (error) {
      if (error instanceof ParseError) return this.#drop('malformed');
      throw error;
    }
  }

  #icmpv6(incoming: Incoming, now: Instant): readonly HostAction[] {
    const message = decodeIcmpv6(incoming, incoming.upper);
    switch (message.type) {
      case icmpv6Type.routerSolicitation: {
        const { options } = decodeRouterSolicitation(message, incoming);
        this.counters.routerSolicitations += 1;
        return [...this.#learn(incoming, options), ...this.#advertiser.solicited(incoming, now)];
      }
      case icmpv6Type.neighbourSolicitation: {
        const solicitation = decodeNeighbourSolicitation(message, incoming);
        this.counters.neighbourSolicitations += 1;
        return [
          ...this.#learn(incoming, solicitation.options),
          ...this.#neighbours.solicited(solicitation, incoming),
        ];
      }
      case icmpv6Type.echoRequest:
        if (!isAnswerable(incoming.source)) return this.#drop('unusableSource');
        return this.#echo(answerEcho(message, incoming));
      case icmpv6Type.multicastListenerReport:
      case icmpv6Type.multicastListenerDone:
      case icmpv6Type.multicastListenerReport2:
        return this.#drop('multicastListener');
      default:
        return this.#drop('otherIcmpv6');
    }
  }

  #echo(reply: HostAction): readonly HostAction[] {
    this.counters.echoRequests += 1;
    this.counters.echoReplies += 1;
    return [reply];
  }

  #udp(incoming: Incoming): readonly HostAction[] {
    const datagram = decodeUdp(incoming, incoming.upper);
    switch (datagram.destinationPort) {
      case port.dhcpv6Server: {
        const reply = this.#dhcpv6.answer(datagram, incoming);
        return reply === undefined ? noActions : [...this.#learn(incoming, []), reply];
      }
      case port.mdns:
        return this.#drop('mdns');
      case port.llmnr:
        return this.#drop('llmnr');
      default:
        return this.#drop('otherProtocol');
    }
  }

  /** A valid message teaches where the host is, unless its sender has no address yet. */
  #learn(incoming: Incoming, options: readonly NdOption[]): readonly HostAction[] {
    if (!isAnswerable(incoming.source)) return noActions;
    const announced = findNdOption(options, 'source-link-layer-address')?.mac;
    return this.#hostMac.learn(incoming.sourceMac, announced);
  }
}

/**
 * Link-local unicast, and multicast that ends at this link: with the reserved scopes below it, it has no business in
 * the tunnel.
 */
function isForRouter(packet: Uint8Array): boolean {
  if (isLinkLocal(packet, ipv6DestinationOffset)) return true;
  return (
    isMulticast(packet, ipv6DestinationOffset) && multicastScope(packet, ipv6DestinationOffset) <= 2
  );
}
