/**
 * Neighbour discovery for the router's own address (RFC 4861 section 7.2): answers to solicitations, also those of
 * duplicate address detection and of reachability probes, and unsolicited advertisements on Ethernet.
 *
 * Every advertisement has the Router flag: one without it makes hosts delete their default route. No other target is
 * answered, least of all the host's own address, which the host probes before it uses it. What we solicit ourselves is
 * in `reachability-probe.ts`.
 */
import type { Duration, Instant } from '../core/time.ts';
import { after, seconds } from '../core/time.ts';
import { addressEquals, allNodes, isUnspecified, routerAddress } from '../wire/ipv6-address.ts';
import { encodeNdPacket } from '../wire/nd/nd-packet.ts';
import type { NeighbourSolicitation } from '../wire/nd/neighbour-solicitation.ts';
import type { RouterAction } from './router-action.ts';
import { noActions } from './router-action.ts';
import type { RouterCounters } from './router-counters.ts';
import { isAnswerable, type Incoming } from './incoming.ts';
import { sendTo } from './router-packet.ts';

/** A host whose entry was lost or spoiled without its noticing is right again after this long. */
const unsolicitedPeriod: Duration = seconds(600);

export interface NeighbourSettings {
  /** Link-layer address of the router, where the link has them. */
  readonly announcedMac: Uint8Array | undefined;
  /** Without asking: only where hosts have a neighbour cache. */
  readonly isEthernet: boolean;
}

export class NeighbourResponder {
  #announcedMac: Uint8Array | undefined;
  readonly #isEthernet: boolean;
  readonly #counters: RouterCounters;
  #deadline: Instant | undefined;

  constructor({ announcedMac, isEthernet }: NeighbourSettings, counters: RouterCounters) {
    this.#announcedMac = announcedMac?.slice();
    this.#isEthernet = isEthernet;
    this.#counters = counters;
  }

  get deadline(): Instant | undefined {
    return this.#deadline;
  }

  linkUp(now: Instant): readonly RouterAction[] {
    if (!this.#isEthernet) return noActions;
    this.#deadline = after(now, unsolicitedPeriod);
    return [this.#advertise(allNodes, false, undefined)];
  }

  /** Adopts the router's new link-layer address; an unsolicited advertisement updates the hosts' caches. */
  setAnnouncedMac(mac: Uint8Array, now: Instant): readonly RouterAction[] {
    this.#announcedMac = mac.slice();
    return this.#deadline === undefined ? noActions : this.linkUp(now);
  }

  linkDown(): void {
    this.#deadline = undefined;
  }

  expire(now: Instant): readonly RouterAction[] {
    if (this.#deadline === undefined || now < this.#deadline) return noActions;
    return this.linkUp(now);
  }

  /** A valid Neighbour Solicitation. */
  solicited(solicitation: NeighbourSolicitation, incoming: Incoming): readonly RouterAction[] {
    if (!addressEquals(solicitation.target, 0, routerAddress)) {
      this.#counters.neighbourForOthers += 1;
      return noActions;
    }
    if (!incoming.isForRouter) {
      this.#counters.otherDestination += 1;
      return noActions;
    }
    // Section 7.2.4: a host without an address is answered by multicast, and that is not a solicited answer.
    if (isUnspecified(incoming.source)) return [this.#advertise(allNodes, false, undefined)];
    if (!isAnswerable(incoming.source)) {
      this.#counters.unusableSource += 1;
      return noActions;
    }
    return [this.#advertise(incoming.source, true, incoming.sourceMac)];
  }

  #advertise(
    destination: Uint8Array,
    solicited: boolean,
    mac: Uint8Array | undefined,
  ): RouterAction {
    this.#counters.neighbourAdvertisements += 1;
    const packet = encodeNdPacket(
      { source: routerAddress, destination },
      {
        kind: 'neighbour-advertisement',
        router: true,
        solicited,
        override: true,
        target: routerAddress,
        options:
          this.#announcedMac === undefined
            ? []
            : [{ kind: 'target-link-layer-address', mac: this.#announcedMac }],
      },
    );
    return sendTo(mac, packet);
  }
}
