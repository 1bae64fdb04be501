/**
 * Router discovery, the router's half (RFC 4861 section 6.2): multicast advertisements by schedule, and an answer to
 * every solicitation, by unicast and at once where the source can be answered.
 *
 * Advertisements do not depend on the tunnel: routes that stay lead traffic into a router that says "unreachable",
 * routes that go would let it leak to another interface of the host.
 */
import type { Instant } from '../core/time.ts';
import { allNodes, routerAddress } from '../wire/ipv6-address.ts';
import { encodeNdPacket } from '../wire/nd/nd-packet.ts';
import type { RouterAdvertisement } from '../wire/nd/router-advertisement.ts';
import type { AdvertisementContent } from './advertisement-content.ts';
import type { AdvertisementSchedule } from './advertisement-schedule.ts';
import type { HostAction } from './router-action.ts';
import { noActions } from './router-action.ts';
import type { HostCounters } from './router-counters.ts';
import { isAnswerable, type Incoming } from './incoming.ts';
import { sendTo } from './router-packet.ts';

export class RouterAdvertiser {
  #content: AdvertisementContent;
  readonly #schedule: AdvertisementSchedule;
  readonly #counters: HostCounters;
  #message: RouterAdvertisement;

  constructor(
    content: AdvertisementContent,
    schedule: AdvertisementSchedule,
    counters: HostCounters,
  ) {
    this.#content = content;
    this.#message = content.message;
    this.#schedule = schedule;
    this.#counters = counters;
  }

  get deadline(): Instant | undefined {
    return this.#schedule.deadline;
  }

  linkUp(now: Instant): readonly HostAction[] {
    this.#schedule.start(now);
    return this.expire(now);
  }

  /** The content has changed: advertises it as at link-up, if a host is connected. */
  setContent(content: AdvertisementContent, now: Instant): readonly HostAction[] {
    const isWithdrawn = this.#message === this.#content.withdrawal;
    this.#content = content;
    this.#message = isWithdrawn ? content.withdrawal : content.message;
    return this.deadline === undefined ? noActions : this.linkUp(now);
  }

  linkDown(): void {
    this.#schedule.stop();
  }

  /** A valid Router Solicitation. */
  solicited(incoming: Incoming, now: Instant): readonly HostAction[] {
    if (isAnswerable(incoming.source)) {
      return [this.#send(incoming.source, incoming.sourceMac)];
    }
    this.#schedule.request(now);
    return this.expire(now);
  }

  expire(now: Instant): readonly HostAction[] {
    if (!this.#schedule.takeDue(now)) return noActions;
    return [this.#send(allNodes, undefined)];
  }

  /** The last one: hosts remove the routes at once. Nothing is scheduled after it, and who asks hears the same. */
  withdraw(): readonly HostAction[] {
    this.#schedule.stop();
    this.#message = this.#content.withdrawal;
    return [this.#send(allNodes, undefined)];
  }

  #send(destination: Uint8Array, mac: Uint8Array | undefined): HostAction {
    this.#counters.routerAdvertisements += 1;
    return sendTo(mac, encodeNdPacket({ source: routerAddress, destination }, this.#message));
  }
}
