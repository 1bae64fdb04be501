/**
 * A rate limit as RFC 4443 section 2.4 (f) asks for: a burst of `capacity`, then one per `interval`.
 * Time is a parameter; nothing is allocated.
 */
import type { Duration, Instant } from './time.ts';
import { elapsed } from './time.ts';

export class TokenBucket {
  readonly #capacity: number;
  readonly #interval: Duration;
  #tokens: number;
  #filledAt: Instant | undefined;

  constructor(capacity: number, interval: Duration) {
    this.#capacity = capacity;
    this.#interval = interval;
    this.#tokens = capacity;
  }

  /** True when a token is left; takes none. */
  has(now: Instant): boolean {
    this.#refill(now);
    return this.#tokens >= 1;
  }

  /** Takes one token if there is one. */
  take(now: Instant): boolean {
    if (!this.has(now)) return false;
    this.#tokens -= 1;
    return true;
  }

  #refill(now: Instant): void {
    const start = this.#filledAt ?? now;
    const gained = elapsed(start, now) / this.#interval;
    // Two callers may read the clock in one order and come here in the other: never count a span twice.
    if (gained < 0) return;
    this.#tokens = Math.min(this.#capacity, this.#tokens + gained);
    this.#filledAt = now;
  }
}
