/**
 * A packet from the host on its way through the responders: what the fixed header says, and the upper layer behind
 * any extension headers. All byte arrays are views into the caller's buffer; a responder copies what it keeps.
 */
import { readUint16 } from '../wire/bytes.ts';
import type { AddressPair } from '../wire/checksum.ts';
import { newUpperLayer, walkExtensionHeaders } from '../wire/extension-headers.ts';
import {
  addressEquals,
  isLoopback,
  isMulticast,
  isUnspecified,
  routerAddress,
} from '../wire/ipv6-address.ts';
import {
  ipv6DestinationOffset,
  ipv6HeaderLength,
  ipv6HopLimitOffset,
  ipv6PayloadLengthOffset,
  ipv6SourceOffset,
  ipVersion,
} from '../wire/ipv6.ts';
import { isRouters } from './router-addresses.ts';

export interface Incoming extends AddressPair {
  readonly hopLimit: number;
  /** Next Header value of the upper layer. */
  readonly protocol: number;
  /** The upper layer, header included. Without meaning when `isFragment`. */
  readonly upper: Uint8Array;
  readonly isFragment: boolean;
  /** The destination is the router's, and not another node's or group's. */
  readonly isForRouter: boolean;
  /** MAC that the frame came from; undefined on a TUN. */
  readonly sourceMac: Uint8Array | undefined;
}

/**
 * Undefined: not IPv6, cut short, or unusable extension headers. Bytes behind the Payload Length are Ethernet padding
 * and are left out.
 */
export function readIncoming(
  packet: Uint8Array,
  sourceMac: Uint8Array | undefined,
): Incoming | undefined {
  if (packet.length < ipv6HeaderLength || ipVersion(packet, 0) !== 6) return undefined;
  const end = ipv6HeaderLength + readUint16(packet, ipv6PayloadLengthOffset);
  const upper = newUpperLayer();
  if (end > packet.length || !walkExtensionHeaders(packet, 0, end, upper)) return undefined;
  const destination = packet.subarray(ipv6DestinationOffset, ipv6HeaderLength);
  return {
    source: packet.subarray(ipv6SourceOffset, ipv6DestinationOffset),
    destination,
    hopLimit: packet[ipv6HopLimitOffset]!,
    protocol: upper.protocol,
    upper: packet.subarray(upper.offset, end),
    isFragment: upper.fragment !== 'none',
    isForRouter: isRouters(destination),
    sourceMac,
  };
}

/** An address that can be answered: of one node, and not our own. */
export function isAnswerable(buf: Uint8Array, off = 0): boolean {
  return (
    !isUnspecified(buf, off) &&
    !isMulticast(buf, off) &&
    !isLoopback(buf, off) &&
    !addressEquals(buf, off, routerAddress)
  );
}
