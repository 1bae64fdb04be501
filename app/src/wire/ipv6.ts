/**
 * The fixed IPv6 header (RFC 8200 section 3). `encodeIpv6` and `decodeIpv6` are for the control plane: decode throws
 * ParseError and returns views into its input, not copies. The offsets and `isWholeIpv6` are for the packet path.
 * Leaves out jumbograms and, in this file, extension headers (`extension-headers.ts`).
 */
import { ParseError } from '../core/errors.ts';
import {
  readUint16,
  readUint32,
  requireLength,
  requireUint,
  writeUint16,
  writeUint32,
} from './bytes.ts';
import { ipv6AddressLength } from './ipv6-address.ts';

export const ipv6HeaderLength = 40;
/** The MTU of every link of ours, the smallest that IPv6 permits. */
export const ipv6MinimumMtu = 1280;

/** Offsets in the fixed header. */
export const ipv6PayloadLengthOffset = 4;
export const ipv6NextHeaderOffset = 6;
export const ipv6HopLimitOffset = 7;
export const ipv6SourceOffset = 8;
export const ipv6DestinationOffset = 24;

/** Values of the Next Header field. */
export const nextHeader = {
  hopByHop: 0,
  tcp: 6,
  udp: 17,
  routing: 43,
  fragment: 44,
  esp: 50,
  authentication: 51,
  icmpv6: 58,
  none: 59,
  destinationOptions: 60,
  mobility: 135,
  hip: 139,
  shim6: 140,
} as const;

export interface Ipv6Header {
  /** 16 bytes. */
  readonly source: Uint8Array;
  /** 16 bytes. */
  readonly destination: Uint8Array;
  /** Type of the first byte after the fixed header. */
  readonly nextHeader: number;
  readonly hopLimit: number;
  /** Default 0. */
  readonly trafficClass?: number;
  /** 20 bits, default 0. */
  readonly flowLabel?: number;
}

export interface Ipv6Packet extends Required<Ipv6Header> {
  /** Everything after the fixed header, extension headers included. */
  readonly payload: Uint8Array;
}

/** IP version of the packet at `off`: its first four bits. */
export function ipVersion(buf: Uint8Array, off: number): number {
  return buf[off]! >>> 4;
}

/** True when `buf[off, end)` is one whole IPv6 packet: version 6 and a Payload Length that ends exactly at `end`. */
export function isWholeIpv6(buf: Uint8Array, off: number, end: number): boolean {
  const payloadLength = end - off - ipv6HeaderLength;
  return (
    payloadLength >= 0 &&
    ipVersion(buf, off) === 6 &&
    readUint16(buf, off + ipv6PayloadLengthOffset) === payloadLength
  );
}

export function encodeIpv6(header: Ipv6Header, payload: Uint8Array): Uint8Array {
  const { source, destination, trafficClass = 0, flowLabel = 0 } = header;
  requireLength(source, ipv6AddressLength, 'IPv6 source');
  requireLength(destination, ipv6AddressLength, 'IPv6 destination');
  requireUint(payload.length, 16, 'IPv6 payload length');
  const packet = new Uint8Array(ipv6HeaderLength + payload.length);
  writeUint32(packet, 0, (6 << 28) | ((trafficClass & 0xff) << 20) | (flowLabel & 0xfffff));
  writeUint16(packet, ipv6PayloadLengthOffset, payload.length);
  packet[ipv6NextHeaderOffset] = header.nextHeader;
  packet[ipv6HopLimitOffset] = header.hopLimit;
  packet.set(source, ipv6SourceOffset);
  packet.set(destination, ipv6DestinationOffset);
  packet.set(payload, ipv6HeaderLength);
  return packet;
}

/** `packet` is one whole packet: bytes behind the Payload Length are an error. */
export function decodeIpv6(packet: Uint8Array): Ipv6Packet {
  const what = 'IPv6 header';
  if (packet.length < ipv6HeaderLength) throw new ParseError(what, packet.length, 'cut short');
  if (ipVersion(packet, 0) !== 6) {
    throw new ParseError(what, 0, `version is ${ipVersion(packet, 0)}`);
  }
  const payloadLength = readUint16(packet, ipv6PayloadLengthOffset);
  if (payloadLength !== packet.length - ipv6HeaderLength) {
    throw new ParseError(
      what,
      ipv6PayloadLengthOffset,
      `payload length is ${payloadLength}, there are ${packet.length - ipv6HeaderLength} bytes`,
    );
  }
  const first = readUint32(packet, 0);
  return {
    source: packet.subarray(ipv6SourceOffset, ipv6DestinationOffset),
    destination: packet.subarray(ipv6DestinationOffset, ipv6HeaderLength),
    nextHeader: packet[ipv6NextHeaderOffset]!,
    hopLimit: packet[ipv6HopLimitOffset]!,
    trafficClass: (first >>> 20) & 0xff,
    flowLabel: first & 0xfffff,
    payload: packet.subarray(ipv6HeaderLength),
  };
}
