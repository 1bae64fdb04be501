/** A the router with the usual settings, and the clock and link that its tests see. */
import assert from 'node:assert/strict';
import type { Instant } from '../../../src/core/time.ts';
import { instant, seconds } from '../../../src/core/time.ts';
import type { RouterAction } from '../../../src/router/router-action.ts';
import { Router, type RouterOptions } from '../../../src/router/router.ts';
import { hex, hostMac, ownAddress, ownMac } from './packets.ts';

export const serverDuid = hex('0004 0102030405060708090a0b0c0d0e0f10');
export const start = instant(1_000_000);

export function createRouter(options: Partial<RouterOptions> = {}): Router {
  return new Router({
    address: ownAddress,
    mac: ownMac,
    routes: [{ address: new Uint8Array(16), length: 0 }],
    raPeriod: seconds(600),
    duid: serverDuid,
    dnsServers: [],
    dnsSearch: [],
    random: () => 0,
    ...options,
  });
}

/** Hands `packet` in as the host's, at the start time, as the paths do: a frame with an unusable sender ends before. */
export function receive(
  side: Router,
  packet: Uint8Array,
  sourceMac: Uint8Array | undefined = hostMac,
  now: Instant = start,
): readonly RouterAction[] {
  if (sourceMac !== undefined && !side.acceptsFrom(sourceMac)) return [];
  return side.receive(packet, sourceMac, now);
}

export interface Sent {
  readonly packet: Uint8Array;
  readonly destinationMac: Uint8Array | undefined;
}

export function sent(actions: readonly RouterAction[]): Sent[] {
  return actions.flatMap((action) =>
    action.type === 'send'
      ? [{ packet: action.packet, destinationMac: action.destinationMac }]
      : [],
  );
}

/** The one packet among `actions`. */
export function onlySent(actions: readonly RouterAction[]): Sent {
  const all = sent(actions);
  assert.equal(all.length, 1, 'exactly one packet is sent');
  return all[0]!;
}
