/**
 * One timer for all state machines. Each says when it wants to be called; deadlines that move away cost nothing,
 * since the timer is set again only for an earlier one and otherwise looks again when it fires.
 */
import { earliest, instant, milliseconds, type Clock, type Instant } from '../core/time.ts';

/** A state machine with a deadline. */
export interface Timed {
  readonly deadline: Instant | undefined;
  /** The deadline has come. It must move, or the timer calls again at once. */
  expire(now: Instant): void;
}

/** Longest wait that a timer of Node.js keeps; later deadlines are looked at again then. */
const longestWait = milliseconds(2 ** 31 - 1);

export const systemClock: Clock = {
  now: () => instant(performance.now()),
  schedule(wait, callback) {
    const rings = performance.now() + wait;
    let timer: NodeJS.Timeout;
    let due: NodeJS.Immediate | undefined;
    const look = (): void => {
      // Timers of Node.js count whole milliseconds, and may ring a fraction of one early.
      const left = rings - performance.now();
      // The event loop calls timers before it looks at sockets. After a pause of this process, what has come in
      // meanwhile must be handled before it is reported that nothing came.
      if (left > 0) timer = setTimeout(look, Math.ceil(left));
      else due = setImmediate(callback);
    };
    timer = setTimeout(look, wait);
    return () => {
      clearTimeout(timer);
      clearImmediate(due);
    };
  },
};

export class DeadlineTimer {
  readonly #clock: Clock;
  readonly #watched = new Set<Timed>();
  #firesAt: Instant | undefined;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(timed: Timed): void {
    this.#watched.add(timed);
    this.refresh();
  }

  remove(timed: Timed): void {
    this.#watched.delete(timed);
  }

  /** A deadline may be earlier than before: call after every event. Cheap when it is not. */
  refresh(): void {
    let next: Instant | undefined;
    for (const timed of this.#watched) next = earliest(next, timed.deadline);
    if (next === undefined || (this.#firesAt !== undefined && this.#firesAt <= next)) return;
    this.#arm(next);
  }

  /** Idempotent. */
  close(): void {
    this.#watched.clear();
    this.#cancel?.();
    this.#cancel = undefined;
    this.#firesAt = undefined;
  }

  #arm(deadline: Instant): void {
    this.#cancel?.();
    this.#firesAt = deadline;
    // Timers may fire a fraction early: whole milliseconds, rounded up.
    const wait = Math.min(Math.max(0, Math.ceil(deadline - this.#clock.now())), longestWait);
    this.#cancel = this.#clock.schedule(milliseconds(wait), () => this.#fire());
  }

  #fire(): void {
    this.#firesAt = undefined;
    this.#cancel = undefined;
    const now = this.#clock.now();
    for (const timed of [...this.#watched]) {
      const { deadline } = timed;
      if (deadline !== undefined && deadline <= now) timed.expire(now);
    }
    this.refresh();
  }
}
