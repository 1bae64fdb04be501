/**
 * The Internet checksum (RFC 1071) and its IPv6 pseudo-header (RFC 8200 section 8.1). Allocates nothing, works on
 * ranges. Leaves out the routing header rule: the destination is the one in the IPv6 header.
 */
import { ipv6AddressLength } from './ipv6-address.ts';

/**
 * Adds `buf[off, end)` as big-endian 16-bit words to `sum`. The result is neither folded nor complemented. Only
 * the last range of a sum may have an odd length. Exact for 64 KiB and more.
 */
export function addToSum(sum: number, buf: Uint8Array, off: number, end: number): number {
  let total = sum;
  const even = end - ((end - off) & 1);
  for (let i = off; i < even; i += 2) total += (buf[i]! << 8) | buf[i + 1]!;
  if (even < end) total += buf[even]! << 8;
  return total;
}

/** Folds a sum to 16 bits and complements it: the value for the checksum field, 0 over data that has a valid one. */
export function finishSum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return ~folded & 0xffff;
}

/** RFC 1071 checksum of one range. */
export function internetChecksum(buf: Uint8Array, off: number, end: number): number {
  return finishSum(addToSum(0, buf, off, end));
}

/**
 * Checksum of the upper-layer bytes `buf[off, end)` of the IPv6 packet whose header starts at `ipOff` in the same
 * buffer. With the checksum field zeroed: the value to write there. As received: 0 when it is valid.
 */
export function upperLayerChecksum(
  buf: Uint8Array,
  ipOff: number,
  protocol: number,
  off: number,
  end: number,
): number {
  const addresses = addToSum(0, buf, ipOff + 8, ipOff + 40);
  return finishSum(addToSum(addresses + (end - off) + protocol, buf, off, end));
}

/** True when the upper-layer bytes, checksum field included, carry a valid checksum. */
export function hasValidChecksum(
  buf: Uint8Array,
  ipOff: number,
  protocol: number,
  off: number,
  end: number,
): boolean {
  return upperLayerChecksum(buf, ipOff, protocol, off, end) === 0;
}

/** Both addresses of a packet. Every decoded IPv6 packet is one. */
export interface AddressPair {
  /** 16 bytes. */
  readonly source: Uint8Array;
  /** 16 bytes. */
  readonly destination: Uint8Array;
}

/** The same as `upperLayerChecksum` for a message that is not inside a packet yet, or no longer. */
export function messageChecksum(
  addresses: AddressPair,
  protocol: number,
  message: Uint8Array,
): number {
  let sum = addToSum(message.length + protocol, addresses.source, 0, ipv6AddressLength);
  sum = addToSum(sum, addresses.destination, 0, ipv6AddressLength);
  return finishSum(addToSum(sum, message, 0, message.length));
}
