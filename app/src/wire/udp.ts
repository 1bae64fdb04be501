/**
 * UDP over IPv6 (RFC 768, RFC 8200 section 8.1), control plane: decode throws ParseError and returns views. A zero
 * checksum is invalid on IPv6; a computed zero is sent as ffff. Leaves out the tunnel exception of RFC 6935.
 */
import { ParseError } from '../core/errors.ts';
import { readUint16, requireUint, writeUint16 } from './bytes.ts';
import { messageChecksum, type AddressPair } from './checksum.ts';
import { nextHeader } from './ipv6.ts';

export const udpHeaderLength = 8;

export interface UdpDatagram {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly payload: Uint8Array;
}

/** Returns header and payload: the payload of an IPv6 packet with next header 17. */
export function encodeUdp(addresses: AddressPair, datagram: UdpDatagram): Uint8Array {
  const length = requireUint(udpHeaderLength + datagram.payload.length, 16, 'UDP length');
  const bytes = new Uint8Array(length);
  writeUint16(bytes, 0, datagram.sourcePort);
  writeUint16(bytes, 2, datagram.destinationPort);
  writeUint16(bytes, 4, length);
  bytes.set(datagram.payload, udpHeaderLength);
  writeUint16(bytes, 6, messageChecksum(addresses, nextHeader.udp, bytes) || 0xffff);
  return bytes;
}

/** `bytes` is the whole upper layer of a packet between `addresses`; the UDP length must be exactly that. */
export function decodeUdp(addresses: AddressPair, bytes: Uint8Array): UdpDatagram {
  const what = 'UDP header';
  if (bytes.length < udpHeaderLength) throw new ParseError(what, bytes.length, 'cut short');
  const length = readUint16(bytes, 4);
  if (length !== bytes.length) {
    throw new ParseError(what, 4, `length is ${length}, there are ${bytes.length} bytes`);
  }
  if (readUint16(bytes, 6) === 0) throw new ParseError(what, 6, 'no checksum');
  if (messageChecksum(addresses, nextHeader.udp, bytes) !== 0) {
    throw new ParseError(what, 6, 'wrong checksum');
  }
  return {
    sourcePort: readUint16(bytes, 0),
    destinationPort: readUint16(bytes, 2),
    payload: bytes.subarray(udpHeaderLength),
  };
}
