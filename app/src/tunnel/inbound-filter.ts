/**
 * What may come out of the tunnel to the host: IPv6 for its address, from a source that can be beyond its link and is
 * not the card's own there, and nothing with which the ENF could pose as the host's router, neighbour or DHCPv6 server.
 * Extension headers are walked, a bounded number; a first fragment that hides its upper layer is malformed (RFC 7112),
 * and neighbour discovery is refused in a fragment as anywhere else (RFC 6980). Later fragments pass: without the first
 * one the host cannot use them.
 *
 * Frames of up to `maxFramePayload` bytes are accepted, although we ourselves send at most 1280.
 */
import { readUint16 } from '../wire/bytes.ts';
import { newUpperLayer, walkExtensionHeaders } from '../wire/extension-headers.ts';
import { icmpv6HeaderLength, icmpv6Type } from '../wire/icmpv6.ts';
import {
  addressEquals,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isUnspecified,
  pageAddress,
} from '../wire/ipv6-address.ts';
import {
  ipv6DestinationOffset,
  ipv6NextHeaderOffset,
  ipv6SourceOffset,
  isWholeIpv6,
  nextHeader,
} from '../wire/ipv6.ts';
import { BurstFilter } from './burst-filter.ts';
import { isHeartbeatReply } from './heartbeat-message.ts';
import { isWholeIpv4 } from './ipv4-header.ts';

/** Every frame is counted in exactly one of these. */
export interface InboundCounters {
  /** To the host. */
  passed: number;
  /** Frames without a packet: a sign of life only. */
  empty: number;
  /** Replies to our heartbeat, consumed. */
  heartbeatReply: number;
  /** Destination is not the host's address. */
  wrongDestination: number;
  /** Source is link-local, multicast, `::`, `::1`, the card's page or the host's own address. */
  forbiddenSource: number;
  /** Neighbour discovery, router discovery, redirects and multicast listener messages. */
  linkMessage: number;
  /** UDP to the ports of DHCPv6. */
  dhcpv6: number;
  ipv4: number;
  /** Not IP, a length that contradicts the frame's, or headers that cannot be followed to their end. */
  malformed: number;
}

export interface InboundFilterOptions {
  /** The host's address, 16 bytes. */
  readonly address: Uint8Array;
  readonly allowIpv4: boolean;
}

const dhcpv6ClientPort = 546;
const dhcpv6ServerPort = 547;
const udpHeaderLength = 8;
const udpDestinationPortOffset = 2;

export class InboundFilter extends BurstFilter {
  readonly counters: InboundCounters = {
    passed: 0,
    empty: 0,
    heartbeatReply: 0,
    wrongDestination: 0,
    forbiddenSource: 0,
    linkMessage: 0,
    dhcpv6: 0,
    ipv4: 0,
    malformed: 0,
  };
  readonly #address: Uint8Array;
  readonly #allowIpv4: boolean;
  readonly #upper = newUpperLayer();

  constructor(options: InboundFilterOptions) {
    super();
    this.#address = options.address;
    this.#allowIpv4 = options.allowIpv4;
  }

  protected override admits(buf: Uint8Array, packet: number, end: number): boolean {
    const reason = this.#judge(buf, packet, end);
    this.counters[reason]++;
    return reason === 'passed';
  }

  #judge(buf: Uint8Array, packet: number, end: number): keyof InboundCounters {
    if (packet === end) return 'empty';
    if (!isWholeIpv6(buf, packet, end)) return this.#judgeOther(buf, packet, end);
    if (!addressEquals(buf, packet + ipv6DestinationOffset, this.#address)) {
      return 'wrongDestination';
    }
    if (isHeartbeatReply(buf, packet, end)) return 'heartbeatReply';
    if (this.#isForbiddenSource(buf, packet + ipv6SourceOffset)) return 'forbiddenSource';
    // The common case needs no walk.
    if (buf[packet + ipv6NextHeaderOffset] === nextHeader.tcp) return 'passed';
    return this.#judgeUpperLayer(buf, packet, end);
  }

  #judgeOther(buf: Uint8Array, packet: number, end: number): keyof InboundCounters {
    if (!isWholeIpv4(buf, packet, end)) return 'malformed';
    return this.#allowIpv4 ? 'passed' : 'ipv4';
  }

  #isForbiddenSource(buf: Uint8Array, source: number): boolean {
    return (
      isMulticast(buf, source) ||
      isLinkLocal(buf, source) ||
      isUnspecified(buf, source) ||
      isLoopback(buf, source) ||
      addressEquals(buf, source, this.#address) ||
      addressEquals(buf, source, pageAddress)
    );
  }

  #judgeUpperLayer(buf: Uint8Array, packet: number, end: number): keyof InboundCounters {
    const upper = this.#upper;
    if (!walkExtensionHeaders(buf, packet, end, upper)) return 'malformed';
    if (upper.fragment === 'later') return 'passed';
    switch (upper.protocol) {
      case nextHeader.icmpv6:
        if (upper.offset + icmpv6HeaderLength > end) return 'malformed';
        return isLinkMessage(buf[upper.offset]!) ? 'linkMessage' : 'passed';
      case nextHeader.udp:
        if (upper.offset + udpHeaderLength > end) return 'malformed';
        return isDhcpv6Port(readUint16(buf, upper.offset + udpDestinationPortOffset))
          ? 'dhcpv6'
          : 'passed';
      default:
        return 'passed';
    }
  }
}

/** 130 to 137 and 143: messages that only a neighbour on the host's own link may send. */
function isLinkMessage(type: number): boolean {
  return (
    (type >= icmpv6Type.multicastListenerQuery && type <= icmpv6Type.redirect) ||
    type === icmpv6Type.multicastListenerReport2
  );
}

function isDhcpv6Port(port: number): boolean {
  return port === dhcpv6ClientPort || port === dhcpv6ServerPort;
}
