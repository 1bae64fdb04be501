/**
 * Moves a running tunnel to a better transport: makes the new connection beside the old one, and has the old one end
 * only when the new one stands. When to try is decided by `tunnel/transport-choice.ts`.
 */
import { UplinkError } from '../uplink/uplink-error.ts';
import { TransportChoice } from '../tunnel/transport-choice.ts';
import type { Instant } from '../core/time.ts';
import type { Clock, DeadlineTimer, Timed } from './deadline-timer.ts';

export interface Move<Connection> {
  /** Position of the transport that is in use; 0 is the best. */
  readonly rank: number;
  /** Over one of the better transports. Rejects with an UplinkError when none works. */
  readonly connect: () => Promise<Connection>;
  /** The better connection stands, or a try has failed in a way that must not go on: the session has to end. */
  readonly onMove: () => void;
}

export class TransportMover<Connection> implements Timed {
  readonly #clock: Clock;
  readonly #timer: DeadlineTimer;
  readonly #choice: TransportChoice;
  #move: Move<Connection> | undefined;
  #attempt: Promise<Connection | undefined> | undefined;

  constructor(clock: Clock, timer: DeadlineTimer, choice = new TransportChoice()) {
    this.#clock = clock;
    this.#timer = timer;
    this.#choice = choice;
    timer.add(this);
  }

  /** A session has begun. */
  begin(move: Move<Connection>): void {
    this.#move = move;
    this.#attempt = undefined;
    this.#choice.sessionStarted(move.rank, this.#clock.now());
    this.#timer.refresh();
  }

  routesChanged(): void {
    this.#choice.routesChanged(this.#clock.now());
    this.#timer.refresh();
  }

  /** The session has ended. Resolves with the connection that takes its place, if there is or will be one. */
  async finish(): Promise<Connection | undefined> {
    this.#choice.sessionEnded(this.#clock.now());
    this.#move = undefined;
    return this.#attempt;
  }

  get deadline(): Instant | undefined {
    return this.#choice.deadline;
  }

  expire(now: Instant): void {
    const move = this.#move;
    if (move === undefined || !this.#choice.expire(now)) return;
    const attempt = this.#try(move);
    this.#attempt = attempt;
    // Looked at in `finish`; until then nobody listens.
    attempt.catch(() => undefined);
  }

  /** Idempotent. */
  close(): void {
    this.#timer.remove(this);
  }

  async #try(move: Move<Connection>): Promise<Connection | undefined> {
    try {
      const connection = await move.connect();
      if (this.#move === move) move.onMove();
      return connection;
    } catch (error) {
      if (!(error instanceof UplinkError)) {
        move.onMove();
        throw error;
      }
      this.#choice.tryFailed(this.#clock.now());
      this.#timer.refresh();
      return undefined;
    }
  }
}
