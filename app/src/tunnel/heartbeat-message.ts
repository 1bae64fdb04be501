/**
 * The two messages of the heartbeat: an ICMPv6 echo request from our address to fe80::1, which is also the remote
 * router's address, and its reply. Identifier and sequence number are the ASCII bytes "ENFT" in every one of them,
 * and there is no data.
 */
import { hasValidChecksum } from '../wire/checksum.ts';
import { encodeFrame } from '../wire/frame-stream.ts';
import { encodeEcho } from '../wire/icmpv6-echo.ts';
import { encodeIcmpv6, icmpv6Type } from '../wire/icmpv6.ts';
import { addressEquals, routerAddress } from '../wire/ipv6-address.ts';
import {
  encodeIpv6,
  ipv6HeaderLength,
  ipv6NextHeaderOffset,
  ipv6SourceOffset,
  nextHeader,
} from '../wire/ipv6.ts';
import { readUint32 } from '../wire/bytes.ts';

const identifier = 0x454e;
const sequence = 0x4654;
const identifierAndSequence = 0x454e4654;
const echoLength = 8;
const replyLength = ipv6HeaderLength + echoLength;

/** The request as it goes into the tunnel, frame length included. */
export function heartbeatFrame(address: Uint8Array): Uint8Array {
  const addresses = { source: address, destination: routerAddress };
  const echo = encodeEcho({ kind: 'request', identifier, sequence, data: new Uint8Array(0) });
  return encodeFrame(
    encodeIpv6(
      { ...addresses, nextHeader: nextHeader.icmpv6, hopLimit: 255 },
      encodeIcmpv6(addresses, echo),
    ),
  );
}

/** True when the whole IPv6 packet `buf[packet, end)` to our address answers a heartbeat. Allocates nothing. */
export function isHeartbeatReply(buf: Uint8Array, packet: number, end: number): boolean {
  const echo = packet + ipv6HeaderLength;
  return (
    end - packet === replyLength &&
    buf[packet + ipv6NextHeaderOffset] === nextHeader.icmpv6 &&
    buf[echo] === icmpv6Type.echoReply &&
    buf[echo + 1] === 0 &&
    readUint32(buf, echo + 4) === identifierAndSequence &&
    addressEquals(buf, packet + ipv6SourceOffset, routerAddress) &&
    hasValidChecksum(buf, packet, nextHeader.icmpv6, echo, end)
  );
}
