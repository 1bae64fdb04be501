/**
 * The router as the host on the cable sees it: one state machine over the router advertiser, the neighbour responder,
 * the DHCPv6 server, the echo responder and the ICMPv6 errors. Events in, actions and the next deadline out.
 *
 * It keeps no reference to a packet or MAC that it was given: the caller may reuse its buffers at once.
 */
import type { Duration, Instant } from '../core/time.ts';
import type { HostAction } from './host-action.ts';
import { noActions } from './host-action.ts';
import type { HostCounters } from './host-counters.ts';
import { createHostCounters } from './host-counters.ts';
import type { RoutePrefix } from './route-prefix.ts';

export interface HostSideOptions {
  /** The tunnel's address, 16 bytes: the one address that the host gets. */
  readonly address: Uint8Array;
  /** MAC of our own interface, 6 bytes; absent on a TUN. */
  readonly mac?: Uint8Array | undefined;
  /** Link-layer address announced for the router in place of `mac`; on a TUN: announced at all. */
  readonly announcedMac?: Uint8Array | undefined;
  readonly routes: readonly RoutePrefix[];
  /** Longest time between two periodic RAs, 4 to 1800 s. */
  readonly raPeriod: Duration;
  /** Our DHCPv6 server identifier. */
  readonly duid: Uint8Array;
  /** Recursive name servers for the host, 16 bytes each. */
  readonly dnsServers: readonly Uint8Array[];
  readonly dnsSearch: readonly string[];
  /** Fixed MAC of the host: nothing is learned. */
  readonly hostMac?: Uint8Array | undefined;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export interface Received {
  /** False: not for the router; the packet is data, and the tunnel's filters decide. */
  readonly handled: boolean;
  readonly actions: readonly HostAction[];
}

export class HostSide {
  readonly counters: HostCounters = createHostCounters();

  constructor(options: HostSideOptions) {
    void options;
  }

  /** When `expire` wants to be called; undefined: nothing is due until another event. */
  get deadline(): Instant | undefined {
    return undefined;
  }

  /** Carrier up, or the service has started: announce ourselves to a host that may be another one than before. */
  linkUp(now: Instant): readonly HostAction[] {
    void now;
    return noActions;
  }

  linkDown(now: Instant): readonly HostAction[] {
    void now;
    return noActions;
  }

  /** A whole IPv6 packet from the host; `sourceMac` of its frame, undefined on a TUN. */
  receive(packet: Uint8Array, sourceMac: Uint8Array | undefined, now: Instant): Received {
    void [packet, sourceMac, now];
    return { handled: false, actions: noActions };
  }

  /** A frame from the host that is not IPv6: only counted. */
  ignoreFrame(etherType: number): void {
    void etherType;
  }

  /** A packet whose source is our address came from this MAC. */
  learnFromData(sourceMac: Uint8Array, now: Instant): readonly HostAction[] {
    void [sourceMac, now];
    return noActions;
  }

  /** `packet` from the host is too big for the tunnel. Allocates nothing when no error is due. */
  packetTooBig(packet: Uint8Array, now: Instant): readonly HostAction[] {
    void [packet, now];
    return noActions;
  }

  /** `packet` from the host cannot be delivered: code 0 while the tunnel is down, 5 for a wrong source address. */
  unreachable(packet: Uint8Array, code: number, now: Instant): readonly HostAction[] {
    void [packet, code, now];
    return noActions;
  }

  /** The deadline has come. */
  expire(now: Instant): readonly HostAction[] {
    void now;
    return noActions;
  }

  /** The system shuts down: withdraw every route. Not for a restart of the service. */
  shutdown(): readonly HostAction[] {
    return noActions;
  }
}
