/**
 * How many bytes may wait for a slow path. A queue that holds a fixed number of bytes is a fraction of a millisecond
 * on a fast path and seconds on a slow one, which every packet behind it has to wait. So the queue is measured in time:
 * each write shows how long the path took for how much, and the limit follows (compare RFC 7567 section 2).
 */
import type { Duration } from '../core/time.ts';
import { milliseconds } from '../core/time.ts';

export interface QueueLimitOptions {
  /** Bytes that may wait on a fast path; the limit starts there. */
  readonly most: number;
  /** Bytes that may wait on the slowest path: a few packets. */
  readonly least?: number;
  /** How long what waits should take at most. */
  readonly target?: Duration;
}

export class QueueLimit {
  readonly #most: number;
  readonly #least: number;
  readonly #target: Duration;
  #bytes: number;

  constructor(options: QueueLimitOptions) {
    this.#most = options.most;
    this.#least = options.least ?? 4 * 1024;
    this.#target = options.target ?? milliseconds(10);
    this.#bytes = this.#most;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The path has taken `bytes` in the time `took`. */
  written(bytes: number, took: Duration): void {
    if (took > this.#target) {
      this.#bytes = this.#clamp(Math.round((bytes * this.#target) / took));
    } else if (took <= this.#target / 2 && bytes >= this.#bytes / 2) {
      // Only a write that came near the limit shows that there could be more.
      this.#bytes = this.#clamp(this.#bytes * 2);
    }
  }

  /** Another path, about which nothing is known. */
  reset(): void {
    this.#bytes = this.#most;
  }

  #clamp(bytes: number): number {
    return Math.min(this.#most, Math.max(this.#least, bytes));
  }
}
