/**
 * Finds the upper protocol behind the extension headers of an IPv6 packet (RFC 8200 section 4), for the packet
 * path: return values, no exceptions, no allocation, at most eight headers.
 *
 * Goes through every header that RFC 7045 section 1.1 lists except ESP, whose inside is not readable: ESP counts as
 * the upper protocol. Leaves out the options inside the headers (`header-options.ts`).
 */
import { readUint16 } from './bytes.ts';
import { ipv6HeaderLength, ipv6NextHeaderOffset, nextHeader } from './ipv6.ts';

/** More headers than this make a packet malformed; real ones have at most three. */
export const maxExtensionHeaders = 8;

/**
 * `none`: not a fragment. `first`: the fragment at offset 0, also when it is the only one (RFC 6946). `later`: a
 * fragment in the middle or at the end; what stands at `offset` is then no header, and `protocol` is only what the
 * Fragment header says.
 */
export type FragmentState = 'none' | 'first' | 'later';

/** Where the walk ended; allocate one and use it for every packet. */
export interface UpperLayer {
  /** Next Header value of what stands at `offset`; 59 when there is nothing. */
  protocol: number;
  /** Offset in the buffer. Equal to the end of the packet when the upper layer has no bytes. */
  offset: number;
  fragment: FragmentState;
}

export function newUpperLayer(): UpperLayer {
  return { protocol: nextHeader.none, offset: 0, fragment: 'none' };
}

/**
 * Walks the packet `buf[off, end)`, which starts with a fixed IPv6 header, and fills `upper`. False when the headers
 * are malformed: cut short, too many, or a Hop-by-Hop Options header that is not the first; `upper` is then
 * meaningless. A first fragment that does not hold all headers is malformed too (RFC 7112).
 */
export function walkExtensionHeaders(
  buf: Uint8Array,
  off: number,
  end: number,
  upper: UpperLayer,
): boolean {
  let protocol = buf[off + ipv6NextHeaderOffset]!;
  let at = off + ipv6HeaderLength;
  upper.fragment = 'none';
  if (at > end) return false;

  for (let count = 0; isExtensionHeader(protocol); count++) {
    if (count === maxExtensionHeaders || at + 8 > end) return false;
    if (protocol === nextHeader.hopByHop && count > 0) return false;
    const length = extensionHeaderLength(buf, at, protocol);
    if (at + length > end) return false;

    const isFragment = protocol === nextHeader.fragment;
    const later = isFragment && readUint16(buf, at + 2) >>> 3 !== 0;
    protocol = buf[at]!;
    at += length;
    if (later) {
      upper.fragment = 'later';
      break;
    }
    if (isFragment) upper.fragment = 'first';
  }

  upper.protocol = protocol;
  upper.offset = at;
  return true;
}

/** True for a Next Header value of a header that the walk goes through. */
export function isExtensionHeader(protocol: number): boolean {
  switch (protocol) {
    case nextHeader.hopByHop:
    case nextHeader.routing:
    case nextHeader.fragment:
    case nextHeader.authentication:
    case nextHeader.destinationOptions:
    case nextHeader.mobility:
    case nextHeader.hip:
    case nextHeader.shim6:
      return true;
    default:
      return false;
  }
}

/** At least 8. The Fragment header has no length field; AH counts in units of 4 bytes (RFC 4302 section 2.2). */
export function extensionHeaderLength(buf: Uint8Array, at: number, protocol: number): number {
  if (protocol === nextHeader.fragment) return 8;
  if (protocol === nextHeader.authentication) return (buf[at + 1]! + 2) * 4;
  return (buf[at + 1]! + 1) * 8;
}
