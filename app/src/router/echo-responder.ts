/**
 * Answers echo requests to the router itself (RFC 4443 section 4.2): `ping fe80::1%interface`, and the pings to ff02::1
 * and ff02::2 that look for routers. The answer has the shape of the request: in one packet, however long, or in two
 * fragments. Nothing else is read in fragments: neighbour discovery must not be (RFC 6980).
 */
import { readFragment, fragmentsOf } from '../wire/fragment.ts';
import { decodeEcho, encodeEcho } from '../wire/icmpv6-echo.ts';
import { decodeIcmpv6, icmpv6Type, type Icmpv6Message } from '../wire/icmpv6.ts';
import { nextHeader } from '../wire/ipv6.ts';
import type { RouterAction } from './router-action.ts';
import { noActions } from './router-action.ts';
import type { RouterCounters } from './router-counters.ts';
import { isAnswerable, readIncoming, type Incoming } from './incoming.ts';
import type { Instant } from '../core/time.ts';
import { Reassembly } from './reassembly.ts';
import { answersEcho } from './router-addresses.ts';
import { icmpv6Packet, sendTo } from './router-packet.ts';

export class EchoResponder {
  readonly #counters: RouterCounters;
  readonly #random: () => number;
  readonly #reassembly = new Reassembly();

  /** `random`: uniform in [0, 1). */
  constructor(random: () => number, counters: RouterCounters) {
    this.#random = random;
    this.#counters = counters;
  }

  /** Throws ParseError. The caller has checked the type. */
  request(request: Icmpv6Message, incoming: Incoming): readonly RouterAction[] {
    if (!answersEcho(incoming.destination)) return this.#drop('otherDestination');
    if (!isAnswerable(incoming.source)) return this.#drop('unusableSource');
    return [sendTo(incoming.sourceMac, this.#answer(request, incoming))];
  }

  /** A fragment of anything to the router; throws ParseError. */
  fragment(packet: Uint8Array, incoming: Incoming, now: Instant): readonly RouterAction[] {
    const { source, destination, sourceMac } = incoming;
    const fragment = readFragment(packet);
    if (fragment === undefined || fragment.protocol !== nextHeader.icmpv6) {
      return this.#drop('fragmentedControl');
    }
    if (!answersEcho(destination) || !isAnswerable(source)) return this.#drop('fragmentedControl');
    const whole = this.#reassembly.take(packet, fragment, sourceMac, now);
    if (whole === 'waiting') return this.#drop('echoFragments');
    const joined = whole === 'void' ? undefined : readIncoming(whole, sourceMac);
    if (joined === undefined) return this.#drop('fragmentedControl');
    const request = decodeIcmpv6(joined, joined.upper);
    if (request.type !== icmpv6Type.echoRequest) return this.#drop('fragmentedControl');
    // RFC 7739: not to be guessed.
    const identification = Math.floor(this.#random() * 2 ** 32);
    return fragmentsOf(this.#answer(request, joined), identification).map((piece) =>
      sendTo(sourceMac, piece),
    );
  }

  #answer(request: Icmpv6Message, { source }: Incoming): Uint8Array {
    const reply = encodeEcho({ ...decodeEcho(request), kind: 'reply' });
    this.#counters.echoRequests += 1;
    this.#counters.echoReplies += 1;
    return icmpv6Packet(source, reply);
  }

  #drop(reason: keyof RouterCounters): readonly RouterAction[] {
    this.#counters[reason] += 1;
    return noActions;
  }
}
