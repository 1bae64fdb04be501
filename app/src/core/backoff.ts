/**
 * How long to wait before the next attempt: doubling from the first wait to the longest, and then 50 to 100 % of that
 * at random, so that cards which lost the same server, and programs which lost the same daemon, do not all come back at
 * once.
 */
import type { Duration } from './time.ts';
import { milliseconds, seconds } from './time.ts';

export interface BackoffOptions {
  readonly first?: Duration;
  readonly longest?: Duration;
  /** A session that lived as long as this was useful. */
  readonly usefulAfter?: Duration;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export class Backoff {
  readonly #first: Duration;
  readonly #longest: Duration;
  readonly #usefulAfter: Duration;
  readonly #random: () => number;
  #ceiling: Duration;

  constructor(options: BackoffOptions) {
    this.#first = options.first ?? seconds(1);
    this.#longest = options.longest ?? seconds(60);
    this.#usefulAfter = options.usefulAfter ?? seconds(60);
    this.#random = options.random;
    this.#ceiling = this.#first;
  }

  /** The wait before the next attempt. The one after that will be longer. */
  next(): Duration {
    const wait = this.wait();
    this.grow();
    return wait;
  }

  /** A wait that leaves the next one as long. */
  wait(): Duration {
    return milliseconds(Math.round(this.#ceiling * (0.5 + this.#random() / 2)));
  }

  grow(): void {
    this.#ceiling = milliseconds(Math.min(this.#ceiling * 2, this.#longest));
  }

  /** A session has ended that had lived this long. */
  sessionEnded(lived: Duration): void {
    if (lived >= this.#usefulAfter) this.reset();
  }

  reset(): void {
    this.#ceiling = this.#first;
  }
}
