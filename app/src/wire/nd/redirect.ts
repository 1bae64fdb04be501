/** Redirect (RFC 4861 sections 4.5 and 8.1). Decode only, it throws ParseError: we never redirect. */
import { ParseError } from '../../core/errors.ts';
import { icmpv6Type, type Icmpv6Message } from '../icmpv6.ts';
import { addressEquals, ipv6AddressLength, isLinkLocal, isMulticast } from '../ipv6-address.ts';
import { decodeNdOptions } from './options/option-list.ts';
import type { NdOption } from './options/registry.ts';
import { checkNd, type NdContext } from './validity.ts';

const targetOffset = 4;
const destinationOffset = targetOffset + ipv6AddressLength;
const minimumBody = destinationOffset + ipv6AddressLength;

export interface Redirect {
  readonly kind: 'redirect';
  /** The better next hop, 16 bytes: a router's link-local address, or `destination` itself when it is a neighbour. */
  readonly target: Uint8Array;
  /** The address that is redirected, 16 bytes, never multicast. */
  readonly destination: Uint8Array;
  readonly options: readonly NdOption[];
}

export function decodeRedirect(message: Icmpv6Message, context: NdContext): Redirect {
  const what = 'redirect';
  checkNd(what, message, context, icmpv6Type.redirect, minimumBody);
  if (!isLinkLocal(context.source)) throw new ParseError(what, 0, 'source is not link-local');
  const target = message.body.subarray(targetOffset, destinationOffset);
  const destination = message.body.subarray(destinationOffset, minimumBody);
  if (isMulticast(destination)) throw new ParseError(what, 24, 'destination is multicast');
  if (!isLinkLocal(target) && !addressEquals(target, 0, destination)) {
    throw new ParseError(what, 8, 'target is neither link-local nor the destination');
  }
  const options = decodeNdOptions(message.body.subarray(minimumBody));
  return { kind: 'redirect', target, destination, options };
}
