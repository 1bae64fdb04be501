/**
 * Puts packets to the router together that came in two fragments (RFC 8200 section 4.5; section 5 asks for 1500 bytes).
 * Whatever overlaps, repeats or leaves a gap makes the whole packet void, what comes of it later included (RFC 5722).
 *
 * Bounded in every way: packets, pieces, bytes and time. A full table gives its oldest place up. Leaves out the Time
 * Exceeded message for a packet that stays incomplete.
 */
import { elapsed, seconds, type Instant } from '../core/time.ts';
import { bytesEqual, concatBytes } from '../wire/bytes.ts';
import { fragmentUnit, wholePacket, type Fragment } from '../wire/fragment.ts';
import { ipv6HeaderLength, ipv6SourceOffset } from '../wire/ipv6.ts';

/** Packets that wait for their other half, at most. */
const maxWaiting = 4;
/** Of a packet put together, without its fixed header: two fragments of a link with the minimum MTU. */
export const maxReassembledPayload = 2 * 1232;
/** RFC 8200 section 4.5: 60 seconds. */
const patience = seconds(60);

interface Waiting {
  readonly since: Instant;
  readonly identification: number;
  readonly protocol: number;
  /** Source and destination of the packet, and the MAC that it came from. */
  readonly sender: Uint8Array;
  /** The one piece that is there, and the packet that it came in; undefined: the packet is void. */
  readonly half: { readonly packet: Uint8Array; readonly fragment: Fragment } | undefined;
}

/** `waiting`: the piece was kept, or is the half of nothing yet. `void`: it was dropped, and its packet with it. */
export type Reassembled = Uint8Array | 'waiting' | 'void';

export class Reassembly {
  /** Oldest first. */
  #waiting: Waiting[] = [];

  /** `packet` is what `fragment` was read from; it is copied where it is kept. */
  take(
    packet: Uint8Array,
    fragment: Fragment,
    sourceMac: Uint8Array | undefined,
    now: Instant,
  ): Reassembled {
    const { offset, isLast, piece, protocol, identification } = fragment;
    // RFC 6946: one that is the whole packet has nothing to do with others.
    if (offset === 0 && isLast) return wholePacket(packet, protocol, piece);
    this.#waiting = this.#waiting.filter(({ since }) => elapsed(since, now) < patience);
    const sender = senderOf(packet, sourceMac);
    const index = this.#waiting.findIndex(
      (one) => one.identification === identification && bytesEqual(one.sender, sender),
    );
    const known = this.#waiting[index];
    if (known === undefined) {
      const half = isUsable(fragment) ? copyOf(packet, fragment) : undefined;
      this.#keep({ since: now, identification, protocol, sender, half });
      return half === undefined ? 'void' : 'waiting';
    }
    const whole =
      known.half && isUsable(fragment) ? join(known.half, { packet, fragment }) : undefined;
    if (whole === undefined) {
      this.#waiting[index] = { ...known, half: undefined };
      return 'void';
    }
    this.#waiting.splice(index, 1);
    return whole;
  }

  #keep(one: Waiting): void {
    if (this.#waiting.length === maxWaiting) this.#waiting.shift();
    this.#waiting.push(one);
  }
}

type Half = NonNullable<Waiting['half']>;

function senderOf(packet: Uint8Array, sourceMac: Uint8Array | undefined): Uint8Array {
  const addresses = packet.subarray(ipv6SourceOffset, ipv6HeaderLength);
  return concatBytes(sourceMac === undefined ? [addresses] : [addresses, sourceMac]);
}

/** The first half or the second, and not more than both may have. */
function isUsable({ offset, isLast, piece }: Fragment): boolean {
  if (piece.length === 0 || offset + piece.length > maxReassembledPayload) return false;
  return offset === 0 ? !isLast && piece.length % fragmentUnit === 0 : isLast;
}

function copyOf(packet: Uint8Array, fragment: Fragment): Half {
  return { packet: packet.slice(), fragment: { ...fragment, piece: fragment.piece.slice() } };
}

/** Undefined unless one half begins exactly where the other ends. */
function join(one: Half, other: Half): Uint8Array | undefined {
  const [first, second] = one.fragment.offset === 0 ? [one, other] : [other, one];
  const isWhole = first.fragment.offset === 0 && second.fragment.isLast;
  if (!isWhole || first.fragment.piece.length !== second.fragment.offset) return undefined;
  const payload = concatBytes([first.fragment.piece, second.fragment.piece]);
  return wholePacket(first.packet, first.fragment.protocol, payload);
}
