/** The little that a tunnel needs of IPv4 (RFC 791 section 3.1) where `route.allow_ipv4` lets it pass. */
import { readUint16 } from '../wire/bytes.ts';
import { ipVersion } from '../wire/ipv6.ts';

const minimumHeaderLength = 20;
const totalLengthOffset = 2;

/** True when `buf[packet, end)` is one whole IPv4 packet: version 4 and a Total Length that ends exactly at `end`. */
export function isWholeIpv4(buf: Uint8Array, packet: number, end: number): boolean {
  const length = end - packet;
  return (
    length >= minimumHeaderLength &&
    ipVersion(buf, packet) === 4 &&
    readUint16(buf, packet + totalLengthOffset) === length
  );
}
