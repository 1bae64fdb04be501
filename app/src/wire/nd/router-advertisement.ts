/**
 * Router Advertisement (RFC 4861 sections 4.2 and 6.1.2) with the preference of RFC 4191. Decode throws ParseError.
 * Leaves out the flags of Mobile IPv6 and of proxies, which decode ignores.
 */
import { ParseError } from '../../core/errors.ts';
import {
  concatBytes,
  readUint16,
  readUint32,
  requireUint,
  writeUint16,
  writeUint32,
} from '../bytes.ts';
import { icmpv6Type, type Icmpv6Message } from '../icmpv6.ts';
import { isLinkLocal } from '../ipv6-address.ts';
import type { WireSeconds } from '../wire-seconds.ts';
import { decodeNdOptions, encodeNdOptions } from './options/option-list.ts';
import type { NdOption } from './options/registry.ts';
import { preferenceFlags, preferenceFromFlags, type RoutePreference } from './route-preference.ts';
import { checkNd, type NdContext } from './validity.ts';

const minimumBody = 12;
const managedFlag = 0x80;
const otherFlag = 0x40;

export interface RouterAdvertisement {
  readonly kind: 'router-advertisement';
  /** Hop limit for what hosts send; 0: no advice. */
  readonly curHopLimit: number;
  /** M: addresses come from DHCPv6. */
  readonly managed: boolean;
  /** O: other configuration comes from DHCPv6. */
  readonly otherConfig: boolean;
  readonly preference: RoutePreference;
  /** How long we are a default router, at most 65535; 0: we are none. */
  readonly routerLifetime: WireSeconds;
  /** 0: no advice. */
  readonly reachableTimeMs: number;
  /** 0: no advice. */
  readonly retransTimerMs: number;
  readonly options: readonly NdOption[];
}

export function encodeRouterAdvertisement(advertisement: RouterAdvertisement): Icmpv6Message {
  const fixed = new Uint8Array(minimumBody);
  fixed[0] = requireUint(advertisement.curHopLimit, 8, 'Cur Hop Limit');
  fixed[1] =
    (advertisement.managed ? managedFlag : 0) |
    (advertisement.otherConfig ? otherFlag : 0) |
    preferenceFlags(advertisement.preference);
  writeUint16(fixed, 2, requireUint(advertisement.routerLifetime, 16, 'Router Lifetime'));
  writeUint32(fixed, 4, requireUint(advertisement.reachableTimeMs, 32, 'Reachable Time'));
  writeUint32(fixed, 8, requireUint(advertisement.retransTimerMs, 32, 'Retrans Timer'));
  const body = concatBytes([fixed, encodeNdOptions(advertisement.options)]);
  return { type: icmpv6Type.routerAdvertisement, code: 0, body };
}

export function decodeRouterAdvertisement(
  message: Icmpv6Message,
  context: NdContext,
): RouterAdvertisement {
  const what = 'router advertisement';
  checkNd(what, message, context, icmpv6Type.routerAdvertisement, minimumBody);
  if (!isLinkLocal(context.source)) throw new ParseError(what, 0, 'source is not link-local');
  const { body } = message;
  const flags = body[1]!;
  return {
    kind: 'router-advertisement',
    curHopLimit: body[0]!,
    managed: (flags & managedFlag) !== 0,
    otherConfig: (flags & otherFlag) !== 0,
    preference: preferenceFromFlags(flags),
    routerLifetime: readUint16(body, 2),
    reachableTimeMs: readUint32(body, 4),
    retransTimerMs: readUint32(body, 8),
    options: decodeNdOptions(body.subarray(minimumBody)),
  };
}
