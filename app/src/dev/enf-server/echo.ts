/**
 * Turns a request into its answer where it lies: the router's own answer to heartbeats and pings, and the built-in
 * network of `--echo`, in which every address answers. Allocates nothing.
 * Leaves out: packets with extension headers, fragments.
 */
import { readUint16, writeUint16 } from '../../wire/bytes.ts';
import { hasValidChecksum, internetChecksum, upperLayerChecksum } from '../../wire/checksum.ts';
import { icmpv6Type } from '../../wire/icmpv6.ts';
import {
  ipv6DestinationOffset,
  ipv6HeaderLength,
  ipv6HopLimitOffset,
  ipv6NextHeaderOffset,
  ipv6SourceOffset,
  nextHeader,
} from '../../wire/ipv6.ts';

const echoHeaderLength = 8;
const udpHeaderLength = 8;

/** ICMPv6 echo request `buf[packet, end)`, a whole IPv6 packet, to its reply. False: no such request, unchanged. */
export function answerEchoRequest(buf: Uint8Array, packet: number, end: number): boolean {
  const message = packet + ipv6HeaderLength;
  if (
    buf[packet + ipv6NextHeaderOffset] !== nextHeader.icmpv6 ||
    end - message < echoHeaderLength ||
    buf[message] !== icmpv6Type.echoRequest ||
    buf[message + 1] !== 0 ||
    !hasValidChecksum(buf, packet, nextHeader.icmpv6, message, end)
  ) {
    return false;
  }
  swap(buf, packet + ipv6SourceOffset, packet + ipv6DestinationOffset, 16);
  buf[packet + ipv6HopLimitOffset] = 255;
  buf[message] = icmpv6Type.echoReply;
  writeUint16(buf, message + 2, 0);
  const checksum = upperLayerChecksum(buf, packet, nextHeader.icmpv6, message, end);
  writeUint16(buf, message + 2, checksum);
  return true;
}

/** UDP datagram back to its sender. The checksum does not depend on the direction. */
export function returnDatagram(buf: Uint8Array, packet: number, end: number): boolean {
  const udp = packet + ipv6HeaderLength;
  if (
    buf[packet + ipv6NextHeaderOffset] !== nextHeader.udp ||
    end - udp < udpHeaderLength ||
    !hasValidChecksum(buf, packet, nextHeader.udp, udp, end)
  ) {
    return false;
  }
  swap(buf, packet + ipv6SourceOffset, packet + ipv6DestinationOffset, 16);
  swap(buf, udp, udp + 2, 2);
  buf[packet + ipv6HopLimitOffset] = 64;
  return true;
}

/** ICMP echo request over IPv4 (RFC 792) to its reply, for clients with `route.allow_ipv4`. */
export function answerEchoRequest4(buf: Uint8Array, packet: number, end: number): boolean {
  const headerLength = (buf[packet]! & 0x0f) * 4;
  const message = packet + headerLength;
  if (
    headerLength < 20 ||
    end - message < echoHeaderLength ||
    readUint16(buf, packet + 2) !== end - packet ||
    buf[packet + 9] !== 1 ||
    buf[message] !== 8 ||
    buf[message + 1] !== 0 ||
    internetChecksum(buf, message, end) !== 0
  ) {
    return false;
  }
  swap(buf, packet + 12, packet + 16, 4);
  buf[message] = 0;
  writeUint16(buf, message + 2, 0);
  writeUint16(buf, message + 2, internetChecksum(buf, message, end));
  return true;
}

function swap(buf: Uint8Array, a: number, b: number, count: number): void {
  for (let i = 0; i < count; i++) {
    const byte = buf[a + i]!;
    buf[a + i] = buf[b + i]!;
    buf[b + i] = byte;
  }
}
