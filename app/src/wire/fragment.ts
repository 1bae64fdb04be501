/**
 * Fragments of an IPv6 packet (RFC 8200 section 4.5) whose Fragment header stands right behind the fixed header, as
 * every host sends them that uses no other extension header. Control plane; never throws.
 */
import { concatBytes, readUint16, readUint32, writeUint16, writeUint32 } from './bytes.ts';
import {
  ipv6HeaderLength,
  ipv6MinimumMtu,
  ipv6NextHeaderOffset,
  ipv6PayloadLengthOffset,
  nextHeader,
} from './ipv6.ts';

export const fragmentHeaderLength = 8;

/** All pieces but the last have a multiple of this. */
export const fragmentUnit = 8;

/** What fits one packet of the minimum MTU. */
const pieceBytes = ipv6MinimumMtu - ipv6HeaderLength - fragmentHeaderLength;

export interface Fragment {
  /** Of the whole packet's payload. */
  readonly protocol: number;
  /** Where the piece stands in that payload, in bytes. */
  readonly offset: number;
  readonly isLast: boolean;
  readonly identification: number;
  /** A view. */
  readonly piece: Uint8Array;
}

/** Undefined: not such a fragment. `packet` may have padding behind its Payload Length. */
export function readFragment(packet: Uint8Array): Fragment | undefined {
  if (packet.length < ipv6HeaderLength + fragmentHeaderLength) return undefined;
  if (packet[ipv6NextHeaderOffset] !== nextHeader.fragment) return undefined;
  const at = ipv6HeaderLength;
  const end = at + readUint16(packet, ipv6PayloadLengthOffset);
  const start = at + fragmentHeaderLength;
  if (end > packet.length || end < start) return undefined;
  const place = readUint16(packet, at + 2);
  return {
    protocol: packet[at]!,
    offset: place & 0xfff8,
    isLast: (place & 1) === 0,
    identification: readUint32(packet, at + 4),
    piece: packet.subarray(start, end),
  };
}

/** `packet` without extension headers as it travels: itself where it fits the minimum MTU. */
export function fragmentsOf(packet: Uint8Array, identification: number): Uint8Array[] {
  if (packet.length <= ipv6MinimumMtu) return [packet];
  const payload = packet.subarray(ipv6HeaderLength);
  const fragments: Uint8Array[] = [];
  for (let offset = 0; offset < payload.length; offset += pieceBytes) {
    const piece = payload.subarray(offset, offset + pieceBytes);
    const isLast = offset + piece.length === payload.length;
    const header = new Uint8Array(fragmentHeaderLength);
    header[0] = packet[ipv6NextHeaderOffset]!;
    writeUint16(header, 2, offset | (isLast ? 0 : 1));
    writeUint32(header, 4, identification);
    const fragment = concatBytes([packet.subarray(0, ipv6HeaderLength), header, piece]);
    fragment[ipv6NextHeaderOffset] = nextHeader.fragment;
    writeUint16(fragment, ipv6PayloadLengthOffset, fragmentHeaderLength + piece.length);
    fragments.push(fragment);
  }
  return fragments;
}

/** The packet whose first fragment is `first`, and whose payload is `payload`. */
export function wholePacket(first: Uint8Array, protocol: number, payload: Uint8Array): Uint8Array {
  const packet = concatBytes([first.subarray(0, ipv6HeaderLength), payload]);
  packet[ipv6NextHeaderOffset] = protocol;
  writeUint16(packet, ipv6PayloadLengthOffset, payload.length);
  return packet;
}
