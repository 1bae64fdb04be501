/**
 * When multicast Router Advertisements go out (RFC 4861 sections 6.2.4 and 6.2.6): three soon after the start, then
 * one per jittered period, and a solicited one as early as the limit of one per 3 seconds allows.
 *
 * Solicited ones are not delayed by a random time of up to 500 ms, which exists so that many routers of one link do
 * not answer together: the cable has one router.
 */
import { InternalError } from '../core/errors.ts';
import type { Duration, Instant } from '../core/time.ts';
import { after, milliseconds, seconds } from '../core/time.ts';

/** MAX_INITIAL_RTR_ADVERTISEMENTS, MAX_INITIAL_RTR_ADVERT_INTERVAL, MIN_DELAY_BETWEEN_RAS: RFC 4861 section 10. */
const initialAdvertisements = 3;
const longestInitialInterval = seconds(16);
const shortestInterval = seconds(3);

/** MaxRtrAdvInterval, RFC 4861 section 6.2.1. */
const shortestPeriod = seconds(4);
const longestPeriod = seconds(1800);

export class AdvertisementSchedule {
  readonly #period: Duration;
  readonly #random: () => number;
  #next: Instant | undefined;
  #lastSent: Instant | undefined;
  #initialLeft = 0;

  constructor(period: Duration, random: () => number) {
    if (!(period >= shortestPeriod && period <= longestPeriod)) {
      throw new InternalError(`RA period of ${period} ms is outside 4 s to 1800 s`);
    }
    this.#period = period;
    this.#random = random;
  }

  get deadline(): Instant | undefined {
    return this.#next;
  }

  /** Begins, or begins again: one advertisement as early as allowed, and the initial series. */
  start(now: Instant): void {
    this.#initialLeft = initialAdvertisements;
    this.#next = this.#earliest(now);
  }

  stop(): void {
    this.#next = undefined;
  }

  /** A host asked and must be answered by multicast. Any number of requests become one advertisement. */
  request(now: Instant): void {
    if (this.#next === undefined) return;
    const earliest = this.#earliest(now);
    if (earliest < this.#next) this.#next = earliest;
  }

  /** True when an advertisement is due: the caller sends it, and the next one is scheduled. */
  takeDue(now: Instant): boolean {
    if (this.#next === undefined || now < this.#next) return false;
    this.#initialLeft = Math.max(0, this.#initialLeft - 1);
    this.#lastSent = now;
    this.#next = after(now, this.#interval());
    return true;
  }

  #interval(): Duration {
    // Jitter downwards only: hosts count on a period that is never longer than announced.
    const jittered = this.#period * (0.75 + 0.25 * this.#random());
    if (this.#initialLeft === 0) return milliseconds(jittered);
    return milliseconds(Math.min(jittered, longestInitialInterval));
  }

  #earliest(now: Instant): Instant {
    if (this.#lastSent === undefined) return now;
    const allowed = after(this.#lastSent, shortestInterval);
    return allowed > now ? allowed : now;
  }
}
