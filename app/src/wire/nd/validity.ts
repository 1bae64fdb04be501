/** What RFC 4861 sections 6.1, 7.1 and 8.1 demand of every neighbour discovery message alike. */
import { ParseError } from '../../core/errors.ts';
import type { AddressPair } from '../checksum.ts';
import { icmpv6HeaderLength, type Icmpv6Message } from '../icmpv6.ts';

/** Nothing from behind a router arrives with it, so a message that has it was sent by a neighbour. */
export const ndHopLimit = 255;

/** What the IPv6 header said; a decoded IPv6 packet fits. */
export interface NdContext extends AddressPair {
  readonly hopLimit: number;
}

/** Type, code 0, hop limit and minimum length. The checksum was verified by `decodeIcmpv6`. */
export function checkNd(
  what: string,
  message: Icmpv6Message,
  context: NdContext,
  type: number,
  minimumBody: number,
): void {
  if (message.type !== type) throw new ParseError(what, 0, `type is ${message.type}`);
  if (message.code !== 0) throw new ParseError(what, 1, `code is ${message.code}`);
  if (context.hopLimit !== ndHopLimit) {
    throw new ParseError(what, 0, `hop limit is ${context.hopLimit}, must be ${ndHopLimit}`);
  }
  const { length } = message.body;
  if (length < minimumBody) throw new ParseError(what, icmpv6HeaderLength + length, 'cut short');
}
