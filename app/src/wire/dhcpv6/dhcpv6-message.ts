/**
 * DHCPv6 messages between client and server (RFC 8415 section 8). Decode throws ParseError and returns views; encode
 * after decode gives the same message, unknown options included. Refuses relay messages: on this link there is no
 * relay. Who answers what, and the rules of section 16, are the server's.
 */
import { InternalError, ParseError } from '../../core/errors.ts';
import { concatBytes, readUint32, requireUint, writeUint32 } from '../bytes.ts';
import { ipv6HeaderLength, ipv6MinimumMtu } from '../ipv6.ts';
import { udpHeaderLength } from '../udp.ts';
import { decodeDhcpv6Options, encodeDhcpv6Options } from './options/option-list.ts';
import type { Dhcpv6Option } from './options/registry.ts';

export const dhcpv6ClientPort = 546;
export const dhcpv6ServerPort = 547;

/** Values of the msg-type field. */
export const dhcpv6MessageType = {
  solicit: 1,
  advertise: 2,
  request: 3,
  confirm: 4,
  renew: 5,
  rebind: 6,
  reply: 7,
  release: 8,
  decline: 9,
  reconfigure: 10,
  informationRequest: 11,
  relayForward: 12,
  relayReply: 13,
} as const;

/** What fits one packet of the minimum MTU; no message on this link is longer. */
export const maxDhcpv6MessageLength = ipv6MinimumMtu - ipv6HeaderLength - udpHeaderLength;

const headerLength = 4;

export interface Dhcpv6Message {
  readonly type: number;
  /** 24 bits, chosen by the client. */
  readonly transactionId: number;
  readonly options: readonly Dhcpv6Option[];
}

/** Returns the payload of a UDP datagram. */
export function encodeDhcpv6Message(message: Dhcpv6Message): Uint8Array {
  const header = new Uint8Array(headerLength);
  writeUint32(header, 0, requireUint(message.transactionId, 24, 'transaction id'));
  header[0] = requireUint(message.type, 8, 'message type');
  const bytes = concatBytes([header, encodeDhcpv6Options(message.options)]);
  if (bytes.length > maxDhcpv6MessageLength) {
    throw new InternalError(`DHCPv6 message of ${bytes.length} bytes`);
  }
  return bytes;
}

/** `bytes` is the payload of a UDP datagram. */
export function decodeDhcpv6Message(bytes: Uint8Array): Dhcpv6Message {
  const what = 'DHCPv6 message';
  if (bytes.length > maxDhcpv6MessageLength) {
    throw new ParseError(what, maxDhcpv6MessageLength, `has ${bytes.length} bytes`);
  }
  if (bytes.length < headerLength) throw new ParseError(what, bytes.length, 'cut short');
  const type = bytes[0]!;
  if (type === dhcpv6MessageType.relayForward || type === dhcpv6MessageType.relayReply) {
    throw new ParseError(what, 0, 'is for a relay');
  }
  return {
    type,
    transactionId: readUint32(bytes, 0) & 0xffffff,
    options: decodeDhcpv6Options(bytes.subarray(headerLength)),
  };
}
