/** Router Solicitation (RFC 4861 sections 4.1 and 6.1.1). Decode throws ParseError. */
import { ParseError } from '../../core/errors.ts';
import { concatBytes } from '../bytes.ts';
import { icmpv6Type, type Icmpv6Message } from '../icmpv6.ts';
import { isUnspecified } from '../ipv6-address.ts';
import { decodeNdOptions, encodeNdOptions, findNdOption } from './options/option-list.ts';
import type { NdOption } from './options/registry.ts';
import { checkNd, type NdContext } from './validity.ts';

const minimumBody = 4;

export interface RouterSolicitation {
  readonly kind: 'router-solicitation';
  readonly options: readonly NdOption[];
}

export function encodeRouterSolicitation(solicitation: RouterSolicitation): Icmpv6Message {
  const body = concatBytes([new Uint8Array(minimumBody), encodeNdOptions(solicitation.options)]);
  return { type: icmpv6Type.routerSolicitation, code: 0, body };
}

export function decodeRouterSolicitation(
  message: Icmpv6Message,
  context: NdContext,
): RouterSolicitation {
  const what = 'router solicitation';
  checkNd(what, message, context, icmpv6Type.routerSolicitation, minimumBody);
  const options = decodeNdOptions(message.body.subarray(minimumBody));
  if (isUnspecified(context.source) && findNdOption(options, 'source-link-layer-address')) {
    throw new ParseError(what, 8, 'source link-layer address from the unspecified address');
  }
  return { kind: 'router-solicitation', options };
}
