/** Neighbour Solicitation (RFC 4861 sections 4.3 and 7.1.1). Decode throws ParseError. */
import { ParseError } from '../../core/errors.ts';
import { concatBytes, requireLength } from '../bytes.ts';
import { icmpv6Type, type Icmpv6Message } from '../icmpv6.ts';
import {
  addressEquals,
  ipv6AddressLength,
  isMulticast,
  isUnspecified,
  solicitedNodeAddress,
} from '../ipv6-address.ts';
import { decodeNdOptions, encodeNdOptions, findNdOption } from './options/option-list.ts';
import type { NdOption } from './options/registry.ts';
import { checkNd, type NdContext } from './validity.ts';

const targetOffset = 4;
const minimumBody = targetOffset + ipv6AddressLength;

export interface NeighbourSolicitation {
  readonly kind: 'neighbour-solicitation';
  /** 16 bytes, never multicast. */
  readonly target: Uint8Array;
  readonly options: readonly NdOption[];
}

export function encodeNeighbourSolicitation(solicitation: NeighbourSolicitation): Icmpv6Message {
  const body = concatBytes([
    new Uint8Array(targetOffset),
    requireLength(solicitation.target, ipv6AddressLength, 'target'),
    encodeNdOptions(solicitation.options),
  ]);
  return { type: icmpv6Type.neighbourSolicitation, code: 0, body };
}

export function decodeNeighbourSolicitation(
  message: Icmpv6Message,
  context: NdContext,
): NeighbourSolicitation {
  const what = 'neighbour solicitation';
  checkNd(what, message, context, icmpv6Type.neighbourSolicitation, minimumBody);
  const target = message.body.subarray(targetOffset, minimumBody);
  if (isMulticast(target)) throw new ParseError(what, 8, 'target is multicast');
  const options = decodeNdOptions(message.body.subarray(minimumBody));
  if (isUnspecified(context.source)) {
    if (!addressEquals(context.destination, 0, solicitedNodeAddress(target))) {
      throw new ParseError(what, 8, 'duplicate address detection for another group');
    }
    if (findNdOption(options, 'source-link-layer-address')) {
      throw new ParseError(what, 24, 'source link-layer address from the unspecified address');
    }
  }
  return { kind: 'neighbour-solicitation', target, options };
}
