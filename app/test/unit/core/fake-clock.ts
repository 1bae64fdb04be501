/** A clock that stands still until the test moves it. */
import {
  after,
  instant,
  milliseconds,
  type Duration,
  type Instant,
  type Clock,
} from '../../../src/core/time.ts';

interface Scheduled {
  at: Instant;
  callback: () => void;
}

export class FakeClock implements Clock {
  #now = instant(1_000_000);
  #scheduled: Scheduled[] = [];
  /** How often something was scheduled. */
  schedules = 0;

  now(): Instant {
    return this.#now;
  }

  schedule(wait: Duration, callback: () => void): () => void {
    const entry = { at: after(this.#now, wait), callback };
    this.schedules++;
    this.#scheduled.push(entry);
    return () => (this.#scheduled = this.#scheduled.filter((other) => other !== entry));
  }

  /** What waits to be called. */
  get pending(): number {
    return this.#scheduled.length;
  }

  /** Moves on and calls what falls due on the way, in order. */
  advance(time: number): void {
    const end = after(this.#now, milliseconds(time));
    for (;;) {
      const due = this.#scheduled.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#scheduled = this.#scheduled.filter((entry) => entry !== due);
      this.#now = instant(Math.max(this.#now, due.at));
      due.callback();
    }
    this.#now = end;
  }
}

/** Randomness with which a back-off waits as long as it may. */
export const longestWaits = (): number => 0.999999;

/** Lets everything run that waits for promises. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
