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
import type { RouterAction } from './router-action.ts';
import { noActions } from './router-action.ts';
import type { RouterCounters } from './router-counters.ts';
import { isAnswerable, type Incoming } from './incoming.ts';
import { sendTo } from './router-packet.ts';

export class RouterAdvertiser {
  #content: AdvertisementContent;
  readonly #schedule: AdvertisementSchedule;
  readonly #counters: RouterCounters;
  #message: RouterAdvertisement;

  constructor(
    content: AdvertisementContent,
    schedule: AdvertisementSchedule,
    counters: RouterCounters,
  ) {
    this.#content = content;
    this.#message = content.message;
    this.#schedule = schedule;
    this.#counters = counters;
  }

  get deadline(): Instant | undefined {
    return this.#schedule.deadline;
  }

  linkUp(now: Instant): readonly RouterAction[] {
    this.#schedule.start(now);
    return this.expire(now);
  }

  /** The content has changed: advertises it as at link-up, if a host is connected. */
  setContent(content: AdvertisementContent, now: Instant): readonly RouterAction[] {
    const isWithdrawn = this.#message === this.#content.withdrawal;
    this.#content = content;
    this.#message = isWithdrawn ? content.withdrawal : content.message;
    return this.deadline === undefined ? noActions : this.linkUp(now);
  }

  linkDown(): void {
    this.#schedule.stop();
  }

  /** A valid Router Solicitation. */
  solicited(incoming: Incoming, now: Instant): readonly RouterAction[] {
    if (isAnswerable(incoming.source)) {
      return [this.#send(incoming.source, incoming.sourceMac)];
    }
    this.#schedule.request(now);
    return this.expire(now);
  }

  expire(now: Instant): readonly RouterAction[] {
    if (!this.#schedule.takeDue(now)) return noActions;
    return [this.#send(allNodes, undefined)];
  }

  /**
   * The last one: hosts remove the routes at once. Nothing is scheduled after it, and a host that asks receives the
   * same.
   */
  withdraw(): readonly RouterAction[] {
    this.#schedule.stop();
    this.#message = this.#content.withdrawal;
    return [this.#send(allNodes, undefined)];
  }

  #send(destination: Uint8Array, mac: Uint8Array | undefined): RouterAction {
    this.#counters.routerAdvertisements += 1;
    return sendTo(mac, encodeNdPacket({ source: routerAddress, destination }, this.#message));
  }
}
