/**
 * Whether the other end is still there. Any frame from it is proof; without one for a whole period, or when we have
 * sent and received nothing for a while, a heartbeat asks for it, and no answer in time ends the session. A TCP
 * connection alone can hide a dead peer for a quarter of an hour.
 *
 * While the stream has not taken all of a write, that write counts as sent at every moment: when the way dies under a
 * full load, no other write follows. While the stream is full and still takes some, the way is alive but slow, and a
 * request waits behind what it holds. That extends the time for the answer, within a bound.
 *
 * Events and the time in, `send` or `dead` out. Called once per burst, never per packet.
 */
import type { Duration, Instant } from '../core/time.ts';
import { after, earliest, milliseconds, seconds } from '../core/time.ts';

export interface HeartbeatOptions {
  /** Longest silence before we ask. */
  readonly period: Duration;
  /**
   * How long an answer may take, counted from when the request is queued, or from the last progress of a full stream.
   */
  readonly timeout: Duration;
  /** Longest silence after we have sent something. */
  readonly unansweredLimit?: Duration;
}

/** What to do now. `send`: queue a request, before anything else. `dead`: end the session. */
export type HeartbeatStep = 'none' | 'send' | 'dead';

const defaultUnansweredLimit = seconds(15);
/** However slowly the stream takes data, an answer may take this many timeouts at most. */
const mostTimeouts = 6;

export class Heartbeat {
  readonly #period: Duration;
  readonly #timeout: Duration;
  readonly #unansweredLimit: Duration;
  #askAt: Instant;
  #unansweredAt: Instant | undefined;
  #replyBy: Instant | undefined;
  /** No progress extends the time for the answer beyond this. */
  #replyAtLatest: Instant | undefined;

  constructor(options: HeartbeatOptions, now: Instant) {
    this.#period = options.period;
    this.#timeout = options.timeout;
    this.#unansweredLimit = options.unansweredLimit ?? defaultUnansweredLimit;
    this.#askAt = after(now, this.#period);
  }

  /** When `expire` is due. */
  get deadline(): Instant {
    const ask = earliest(this.#askAt, this.#unansweredAt) ?? this.#askAt;
    return this.#replyBy ?? ask;
  }

  /** At least one frame came in. `isWriting`: the stream has not taken all that was sent. */
  heard(now: Instant, isWriting: boolean): void {
    this.#askAt = after(now, this.#period);
    this.#unansweredAt = isWriting ? after(now, this.#unansweredLimit) : undefined;
    this.#replyBy = undefined;
  }

  /** Data went out; only the first after something was received counts. */
  sent(now: Instant): void {
    this.#unansweredAt ??= after(now, this.#unansweredLimit);
  }

  /** The stream is full, and has taken some data. */
  progressed(now: Instant): void {
    if (this.#replyBy === undefined) return;
    this.#replyBy = earliest(after(now, this.#timeout), this.#replyAtLatest);
  }

  /** Asks at once, for example after a route change. While an answer is awaited, that one decides. */
  request(now: Instant): HeartbeatStep {
    if (this.#replyBy !== undefined) return 'none';
    this.#replyBy = after(now, this.#timeout);
    this.#replyAtLatest = after(now, milliseconds(mostTimeouts * this.#timeout));
    return 'send';
  }

  expire(now: Instant): HeartbeatStep {
    if (now < this.deadline) return 'none';
    return this.#replyBy === undefined ? this.request(now) : 'dead';
  }
}
