/**
 * ICMPv6 messages in general (RFC 4443 section 2), control plane: decode throws ParseError and returns views. What is
 * inside a message is in `icmpv6-echo.ts`, `icmpv6-error.ts` and `nd/`.
 */
import { ParseError } from '../core/errors.ts';
import { readUint16, writeUint16 } from './bytes.ts';
import { messageChecksum, type AddressPair } from './checksum.ts';
import { nextHeader } from './ipv6.ts';

/** Type, code and checksum. */
export const icmpv6HeaderLength = 4;

/** Values of the Type field. */
export const icmpv6Type = {
  destinationUnreachable: 1,
  packetTooBig: 2,
  timeExceeded: 3,
  parameterProblem: 4,
  echoRequest: 128,
  echoReply: 129,
  multicastListenerQuery: 130,
  multicastListenerReport: 131,
  multicastListenerDone: 132,
  routerSolicitation: 133,
  routerAdvertisement: 134,
  neighbourSolicitation: 135,
  neighbourAdvertisement: 136,
  redirect: 137,
  multicastListenerReport2: 143,
} as const;

export interface Icmpv6Message {
  readonly type: number;
  readonly code: number;
  /** Everything behind the checksum. */
  readonly body: Uint8Array;
}

/** Types below 128 report errors; no error is ever sent about one (RFC 4443 section 2.4 e). */
export function isIcmpv6Error(type: number): boolean {
  return type < 128;
}

/** Returns the payload of an IPv6 packet with next header 58. */
export function encodeIcmpv6(addresses: AddressPair, message: Icmpv6Message): Uint8Array {
  const bytes = new Uint8Array(icmpv6HeaderLength + message.body.length);
  bytes[0] = message.type;
  bytes[1] = message.code;
  bytes.set(message.body, icmpv6HeaderLength);
  writeUint16(bytes, 2, messageChecksum(addresses, nextHeader.icmpv6, bytes));
  return bytes;
}

/** `bytes` is the whole upper layer of a packet between `addresses`. */
export function decodeIcmpv6(addresses: AddressPair, bytes: Uint8Array): Icmpv6Message {
  const what = 'ICMPv6 header';
  if (bytes.length < icmpv6HeaderLength) throw new ParseError(what, bytes.length, 'cut short');
  if (messageChecksum(addresses, nextHeader.icmpv6, bytes) !== 0) {
    throw new ParseError(what, 2, `wrong checksum ${readUint16(bytes, 2).toString(16)}`);
  }
  return { type: bytes[0]!, code: bytes[1]!, body: bytes.subarray(icmpv6HeaderLength) };
}
