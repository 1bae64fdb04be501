/** Neighbour Advertisement (RFC 4861 sections 4.4 and 7.1.2). Decode throws ParseError. */
import { ParseError } from '../../core/errors.ts';
import { concatBytes, requireLength } from '../bytes.ts';
import { icmpv6Type, type Icmpv6Message } from '../icmpv6.ts';
import { ipv6AddressLength, isMulticast } from '../ipv6-address.ts';
import { decodeNdOptions, encodeNdOptions } from './options/option-list.ts';
import type { NdOption } from './options/registry.ts';
import { checkNd, type NdContext } from './validity.ts';

const targetOffset = 4;
const minimumBody = targetOffset + ipv6AddressLength;
const routerFlag = 0x80;
const solicitedFlag = 0x40;
const overrideFlag = 0x20;

export interface NeighbourAdvertisement {
  readonly kind: 'neighbour-advertisement';
  /** R: the sender is a router. Without it hosts delete their default route through the target. */
  readonly router: boolean;
  /** S: answers a solicitation; never set in a multicast answer. */
  readonly solicited: boolean;
  /** O: replaces a link-layer address that the receiver already has. */
  readonly override: boolean;
  /** 16 bytes, never multicast. */
  readonly target: Uint8Array;
  readonly options: readonly NdOption[];
}

export function encodeNeighbourAdvertisement(advertisement: NeighbourAdvertisement): Icmpv6Message {
  const flags = new Uint8Array(targetOffset);
  flags[0] =
    (advertisement.router ? routerFlag : 0) |
    (advertisement.solicited ? solicitedFlag : 0) |
    (advertisement.override ? overrideFlag : 0);
  const body = concatBytes([
    flags,
    requireLength(advertisement.target, ipv6AddressLength, 'target'),
    encodeNdOptions(advertisement.options),
  ]);
  return { type: icmpv6Type.neighbourAdvertisement, code: 0, body };
}

export function decodeNeighbourAdvertisement(
  message: Icmpv6Message,
  context: NdContext,
): NeighbourAdvertisement {
  const what = 'neighbour advertisement';
  checkNd(what, message, context, icmpv6Type.neighbourAdvertisement, minimumBody);
  const { body } = message;
  const flags = body[0]!;
  const solicited = (flags & solicitedFlag) !== 0;
  const target = body.subarray(targetOffset, minimumBody);
  if (isMulticast(target)) throw new ParseError(what, 8, 'target is multicast');
  if (solicited && isMulticast(context.destination)) {
    throw new ParseError(what, 4, 'solicited flag in a multicast answer');
  }
  return {
    kind: 'neighbour-advertisement',
    router: (flags & routerFlag) !== 0,
    solicited,
    override: (flags & overrideFlag) !== 0,
    target,
    options: decodeNdOptions(body.subarray(minimumBody)),
  };
}
