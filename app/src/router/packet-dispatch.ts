/**
 * Which responder a packet to the router belongs to, and which packets belong to none: every one is counted under a
 * reason. Whatever the host sends, nothing is thrown.
 *
 * What teaches the host's MAC is decided here for messages: only those that passed every validity rule of their kind.
 */
import { ParseError } from '../core/errors.ts';
import type { Instant } from '../core/time.ts';
import { judgeHeaders, type HeaderVerdict } from '../wire/header-options.ts';
import { decodeIcmpv6, icmpv6Type } from '../wire/icmpv6.ts';
import { isMulticast } from '../wire/ipv6-address.ts';
import { nextHeader } from '../wire/ipv6.ts';
import {
  decodeNeighbourAdvertisement,
  type NeighbourAdvertisement,
} from '../wire/nd/neighbour-advertisement.ts';
import { decodeNeighbourSolicitation } from '../wire/nd/neighbour-solicitation.ts';
import { findNdOption } from '../wire/nd/options/option-list.ts';
import type { NdOption } from '../wire/nd/options/registry.ts';
import { decodeRouterSolicitation } from '../wire/nd/router-solicitation.ts';
import { decodeUdp } from '../wire/udp.ts';
import type { Dhcpv6Responder } from './dhcpv6/responder.ts';
import type { EchoResponder } from './echo-responder.ts';
import type { RouterAction } from './router-action.ts';
import { noActions } from './router-action.ts';
import type { RouterCounters } from './router-counters.ts';
import type { HostMac } from './host-mac.ts';
import type { IcmpErrors } from './icmp-errors.ts';
import { isAnswerable, readIncoming, type Incoming } from './incoming.ts';
import type { NeighbourResponder } from './neighbour-responder.ts';
import type { RouterAdvertiser } from './router-advertiser.ts';

/** UDP destinations with a counter of their own. */
const port = { dhcpv6Server: 547, mdns: 5353, llmnr: 5355 } as const;

export interface Responders {
  readonly advertiser: RouterAdvertiser;
  readonly neighbours: NeighbourResponder;
  readonly dhcpv6: Dhcpv6Responder;
  readonly hostMac: HostMac;
  readonly errors: IcmpErrors;
  readonly echo: EchoResponder;
}

export class PacketDispatch {
  readonly #responders: Responders;
  readonly #counters: RouterCounters;

  constructor(responders: Responders, counters: RouterCounters) {
    this.#responders = responders;
    this.#counters = counters;
  }

  /** A packet that stays on the link. */
  consume(
    packet: Uint8Array,
    sourceMac: Uint8Array | undefined,
    now: Instant,
  ): readonly RouterAction[] {
    const incoming = readIncoming(packet, sourceMac);
    if (incoming === undefined) return this.#drop('malformed');
    if (!incoming.isForRouter && !isMulticast(incoming.destination)) {
      return this.#drop('otherDestination');
    }
    if (incoming.isForRouter) {
      const verdict = judgeHeaders(packet);
      if (verdict !== 'fine') return this.#refuse(packet, incoming, verdict, now);
    }
    try {
      if (incoming.isFragment) return this.#responders.echo.fragment(packet, incoming, now);
      switch (incoming.protocol) {
        case nextHeader.icmpv6:
          return this.#icmpv6(incoming, now);
        case nextHeader.udp:
          return this.#udp(incoming, now);
        default:
          return this.#drop('otherProtocol');
      }
    } catch (error) {
      if (error instanceof ParseError) return this.#drop('malformed');
      throw error;
    }
  }

  #icmpv6(incoming: Incoming, now: Instant): readonly RouterAction[] {
    const message = decodeIcmpv6(incoming, incoming.upper);
    switch (message.type) {
      case icmpv6Type.routerSolicitation: {
        const { options } = decodeRouterSolicitation(message, incoming);
        if (!incoming.isForRouter) return this.#drop('otherDestination');
        this.#counters.routerSolicitations += 1;
        return [
          ...this.#learn(incoming, options, now),
          ...this.#responders.advertiser.solicited(incoming, now),
        ];
      }
      case icmpv6Type.neighbourSolicitation: {
        const solicitation = decodeNeighbourSolicitation(message, incoming);
        this.#counters.neighbourSolicitations += 1;
        const answer = this.#responders.neighbours.solicited(solicitation, incoming);
        // A solicitation for another target is ignored; it does not teach us its sender's address either.
        return answer.length === 0
          ? noActions
          : [...this.#learn(incoming, solicitation.options, now), ...answer];
      }
      case icmpv6Type.neighbourAdvertisement:
        return this.#advertised(decodeNeighbourAdvertisement(message, incoming), incoming, now);
      case icmpv6Type.echoRequest:
        return this.#responders.echo.request(message, incoming);
      case icmpv6Type.multicastListenerReport:
      case icmpv6Type.multicastListenerDone:
      case icmpv6Type.multicastListenerReport2:
        return this.#drop('multicastListener');
      default:
        return this.#drop('otherIcmpv6');
    }
  }

  /** Only the known host is ever solicited. */
  #advertised(
    { solicited, target }: NeighbourAdvertisement,
    { sourceMac }: Incoming,
    now: Instant,
  ): readonly RouterAction[] {
    const isAnswer = solicited && this.#responders.hostMac.answered(sourceMac, target, now);
    return this.#drop(isAnswer ? 'hostConfirmed' : 'otherIcmpv6');
  }

  /** The extension headers demand that the packet is dropped, and perhaps an ICMPv6 error to its source. */
  #refuse(
    packet: Uint8Array,
    { sourceMac }: Incoming,
    verdict: Exclude<HeaderVerdict, 'fine'>,
    now: Instant,
  ): readonly RouterAction[] {
    this.#counters.unknownOptions += 1;
    if (verdict === 'discard') return noActions;
    return this.#responders.errors.parameterProblem(packet, sourceMac, verdict, now);
  }

  #udp(incoming: Incoming, now: Instant): readonly RouterAction[] {
    const datagram = decodeUdp(incoming, incoming.upper);
    switch (datagram.destinationPort) {
      case port.dhcpv6Server: {
        const reply = this.#responders.dhcpv6.answer(datagram, incoming);
        return reply === undefined ? noActions : [...this.#learn(incoming, [], now), reply];
      }
      case port.mdns:
        return this.#drop('mdns');
      case port.llmnr:
        return this.#drop('llmnr');
      default:
        return this.#drop('otherProtocol');
    }
  }

  /** A valid message may teach where the host is, unless its sender has no address yet. */
  #learn(
    { source, sourceMac }: Incoming,
    options: readonly NdOption[],
    now: Instant,
  ): readonly RouterAction[] {
    if (!isAnswerable(source)) return noActions;
    const announced = findNdOption(options, 'source-link-layer-address')?.mac;
    return this.#responders.hostMac.hear({ source, sourceMac, announced }, now);
  }

  #drop(reason: keyof RouterCounters): readonly RouterAction[] {
    this.#counters[reason] += 1;
    return noActions;
  }
}
