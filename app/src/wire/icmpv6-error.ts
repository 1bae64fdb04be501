/**
 * ICMPv6 errors that we send or look at: Destination Unreachable, Packet Too Big and Parameter Problem (RFC 4443
 * section 3), control plane: decode throws ParseError. Whether an error may be sent, and how often, is the host layer's
 * business.
 */
import { ParseError } from '../core/errors.ts';
import { readUint32, writeUint32 } from './bytes.ts';
import { icmpv6HeaderLength, icmpv6Type, type Icmpv6Message } from './icmpv6.ts';
import { ipv6HeaderLength, ipv6MinimumMtu } from './ipv6.ts';

/** Codes of Destination Unreachable. */
export const unreachableCode = {
  noRoute: 0,
  prohibited: 1,
  beyondScope: 2,
  addressUnreachable: 3,
  portUnreachable: 4,
  sourceAddressFailed: 5,
  rejectRoute: 6,
} as const;

/** The unused word, the MTU or the pointer. */
const minimumBody = 4;

/** An error must not exceed the minimum MTU (RFC 4443 section 2.4 c), so no more of the packet than this is quoted. */
export const maxQuotedBytes = ipv6MinimumMtu - ipv6HeaderLength - icmpv6HeaderLength - minimumBody;

export type Icmpv6Error =
  | {
      readonly kind: 'destination-unreachable';
      readonly code: number;
      /** The packet that caused the error, from its IPv6 header on. */
      readonly quoted: Uint8Array;
    }
  | { readonly kind: 'packet-too-big'; readonly mtuBytes: number; readonly quoted: Uint8Array }
  | {
      readonly kind: 'parameter-problem';
      readonly code: number;
      /** Offset of the field in the packet. */
      readonly pointer: number;
      readonly quoted: Uint8Array;
    };

/** Quotes the first `maxQuotedBytes` of `quoted`. */
export function encodeIcmpv6Error(error: Icmpv6Error): Icmpv6Message {
  const quoted = error.quoted.subarray(0, maxQuotedBytes);
  const body = new Uint8Array(minimumBody + quoted.length);
  body.set(quoted, minimumBody);
  if (error.kind === 'destination-unreachable') {
    return { type: icmpv6Type.destinationUnreachable, code: error.code, body };
  }
  if (error.kind === 'parameter-problem') {
    writeUint32(body, 0, error.pointer);
    return { type: icmpv6Type.parameterProblem, code: error.code, body };
  }
  writeUint32(body, 0, error.mtuBytes);
  return { type: icmpv6Type.packetTooBig, code: 0, body };
}

export function decodeIcmpv6Error(message: Icmpv6Message): Icmpv6Error {
  const what = 'ICMPv6 error';
  const { type, code, body } = message;
  const { destinationUnreachable, packetTooBig, parameterProblem } = icmpv6Type;
  if (type !== destinationUnreachable && type !== packetTooBig && type !== parameterProblem) {
    throw new ParseError(what, 0, `type is ${type}`);
  }
  if (body.length < minimumBody) {
    throw new ParseError(what, icmpv6HeaderLength + body.length, 'cut short');
  }
  const quoted = body.subarray(minimumBody);
  if (type === parameterProblem) {
    return { kind: 'parameter-problem', code, pointer: readUint32(body, 0), quoted };
  }
  if (type === destinationUnreachable) {
    return { kind: 'destination-unreachable', code, quoted };
  }
  return { kind: 'packet-too-big', mtuBytes: readUint32(body, 0), quoted };
}
