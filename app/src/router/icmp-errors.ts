/**
 * ICMPv6 errors to the host (RFC 4443 sections 2.4 and 3): Packet Too Big and Destination Unreachable about packets
 * that cannot enter the tunnel, Parameter Problem about those to the router that have headers that it must not pass
 * over. Each kind has its own rate limit, so that a host that keeps using a wrong source still learns about the MTU,
 * and what other stations on the link send has limits of its own. An error goes to the station that sent the packet.
 * Nothing is allocated for a packet that gets no answer.
 */
import type { Instant } from '../core/time.ts';
import { milliseconds } from '../core/time.ts';
import { newUpperLayer, walkExtensionHeaders } from '../wire/extension-headers.ts';
import type { HeaderProblem } from '../wire/header-options.ts';
import { encodeIcmpv6Error, unreachableCode, type Icmpv6Error } from '../wire/icmpv6-error.ts';
import { icmpv6Type, isIcmpv6Error } from '../wire/icmpv6.ts';
import { isMulticast } from '../wire/ipv6-address.ts';
import {
  ipv6DestinationOffset,
  ipv6HeaderLength,
  ipv6MinimumMtu,
  ipv6SourceOffset,
  ipVersion,
  nextHeader,
} from '../wire/ipv6.ts';
import type { RouterAction } from './router-action.ts';
import { noActions } from './router-action.ts';
import type { RouterCounters } from './router-counters.ts';
import { isAnswerable } from './incoming.ts';
import { icmpv6Packet, sendTo } from './router-packet.ts';
import { TokenBucket } from '../core/token-bucket.ts';

/** Ten at once, then ten per second. */
const burst = 10;
const interval = milliseconds(100);

/** Code 0 while the tunnel is down, code 5 for a source address that the tunnel does not carry. */
export type UnreachableCode =
  typeof unreachableCode.noRoute | typeof unreachableCode.sourceAddressFailed;

/** One for each kind of error. */
class Limits {
  readonly tooBig = new TokenBucket(burst, interval);
  readonly noRoute = new TokenBucket(burst, interval);
  readonly wrongSource = new TokenBucket(burst, interval);
  readonly parameter = new TokenBucket(burst, interval);
}

/** In each call `mac` is the station that sent the packet; undefined: the one that the link's data comes from. */
export class IcmpErrors {
  readonly #counters: RouterCounters;
  readonly #host = new Limits();
  readonly #others = new Limits();

  constructor(counters: RouterCounters) {
    this.#counters = counters;
  }

  packetTooBig(
    packet: Uint8Array,
    mac: Uint8Array | undefined,
    now: Instant,
  ): readonly RouterAction[] {
    // RFC 4443 section 2.4 (e.3): the MTU also matters to who sends to a group.
    if (!this.#allows(this.#limits(mac).tooBig, packet, true, now)) return noActions;
    this.#counters.packetTooBigSent += 1;
    return report({ kind: 'packet-too-big', mtuBytes: ipv6MinimumMtu, quoted: packet }, mac);
  }

  unreachable(
    packet: Uint8Array,
    mac: Uint8Array | undefined,
    code: UnreachableCode,
    now: Instant,
  ): readonly RouterAction[] {
    const { noRoute, wrongSource } = this.#limits(mac);
    const bucket = code === unreachableCode.noRoute ? noRoute : wrongSource;
    if (!this.#allows(bucket, packet, false, now)) return noActions;
    this.#counters.unreachableSent += 1;
    return report({ kind: 'destination-unreachable', code, quoted: packet }, mac);
  }

  parameterProblem(
    packet: Uint8Array,
    mac: Uint8Array | undefined,
    { code, pointer, evenToGroup }: HeaderProblem,
    now: Instant,
  ): readonly RouterAction[] {
    if (!this.#allows(this.#limits(mac).parameter, packet, evenToGroup, now)) return noActions;
    this.#counters.parameterProblemSent += 1;
    return report({ kind: 'parameter-problem', code, pointer, quoted: packet }, mac);
  }

  #limits(mac: Uint8Array | undefined): Limits {
    return mac === undefined ? this.#host : this.#others;
  }

  /** The bucket is asked first, because a flood must cost little; it pays only for what is sent. */
  #allows(bucket: TokenBucket, packet: Uint8Array, evenToGroup: boolean, now: Instant): boolean {
    if (!bucket.has(now)) {
      this.#counters.errorsSuppressed += 1;
      return false;
    }
    return mayBeReported(packet, evenToGroup) && bucket.take(now);
  }
}

/** One for all packets: it is filled again by every walk. */
const upper = newUpperLayer();

/**
 * RFC 4443 section 2.4 (e): never about an ICMPv6 error or redirect, a source that is not one node, or, but for the
 * errors that it excepts, a multicast destination. Where the upper layer cannot be seen the packet could be an error,
 * and gets none.
 */
function mayBeReported(packet: Uint8Array, evenToGroup: boolean): boolean {
  if (packet.length < ipv6HeaderLength || ipVersion(packet, 0) !== 6) return false;
  if (!isAnswerable(packet, ipv6SourceOffset)) return false;
  if (!evenToGroup && isMulticast(packet, ipv6DestinationOffset)) return false;
  if (!walkExtensionHeaders(packet, 0, packet.length, upper)) return false;
  if (upper.fragment === 'later') return false;
  if (upper.protocol !== nextHeader.icmpv6) return true;
  const type = packet[upper.offset];
  return type !== undefined && !isIcmpv6Error(type) && type !== icmpv6Type.redirect;
}

function report(error: Icmpv6Error, mac: Uint8Array | undefined): readonly RouterAction[] {
  const offender = error.quoted;
  const source = offender.subarray(ipv6SourceOffset, ipv6DestinationOffset);
  const packet = icmpv6Packet(source, encodeIcmpv6Error(error));
  return [sendTo(mac, packet)];
}
