/**
 * Moves a running tunnel to a better transport, or to a new connection over the same one: makes the new connection
 * beside the old one, and has the old one end only when the new one is complete. When to try is decided by
 * `tunnel/transport-choice.ts`, or by `tunnel/renewal-choice.ts`.
 *
 * A try continues when its session ends: the next connection is then searched for beside it, over the other transports.
 * The supervisor takes what the try brings (`onStanding`); a connection that is not taken is destroyed.
 */
import { Attempt } from '../../core/attempt.ts';
import type { Clock, Instant } from '../../core/time.ts';
import type { TransportChoice } from '../../tunnel/transport-choice.ts';
import type { ServerSearch } from '../../uplink/search/restarting-search.ts';
import { UplinkError } from '../../uplink/uplink-error.ts';
import type { DeadlineTimer, Timed } from '../../platform/deadline-timer.ts';

export interface TransportHandoverOptions<Connection> {
  readonly clock: Clock;
  readonly timer: DeadlineTimer;
  /** A connection over the transport at this position is complete: take it, or give it up. */
  readonly onStanding: (rank: number) => void;
  /** Destroys a connection that is not needed. */
  readonly release: (connection: Connection) => void;
  /** A try has failed in a way that is a fault of ours. */
  readonly onBug: (error: unknown) => void;
  readonly choice: MoveChoice;
}

/** When to try. */
export type MoveChoice = Pick<
  TransportChoice,
  | 'deadline'
  | 'sessionStarted'
  | 'sessionEnded'
  | 'routesChanged'
  | 'expire'
  | 'tryGivenUp'
  | 'tryFailed'
>;

/** Looks for a connection over one of the transports that are better than a rank. */
export type Connect<Connection> = (signal: AbortSignal) => ServerSearch<Connection>;

interface Try<Connection> {
  /** Over transports better than this. */
  readonly below: number;
  readonly attempt: Attempt;
  readonly search: ServerSearch<Connection>;
}

export class TransportHandover<Connection extends { readonly rank: number }> implements Timed {
  readonly #options: TransportHandoverOptions<Connection>;
  readonly #choice: MoveChoice;
  #rank = 0;
  #connect: Connect<Connection> | undefined;
  #try: Try<Connection> | undefined;
  #standing: Connection | undefined;

  constructor(options: TransportHandoverOptions<Connection>) {
    this.#options = options;
    this.#choice = options.choice;
    options.timer.add(this);
  }

  /** A session has begun over the transport at this position; 0 is the best. */
  sessionStarted(rank: number, connect: Connect<Connection>): void {
    this.#rank = rank;
    this.#connect = connect;
    this.#choice.sessionStarted(rank, this.#options.clock.now());
    this.#options.timer.refresh();
    // It came while this session was being made.
    if (this.#standing !== undefined) this.#options.onStanding(this.#standing.rank);
  }

  /** A try that is under way goes on. */
  sessionEnded(): void {
    this.#connect = undefined;
    this.#choice.sessionEnded(this.#options.clock.now());
  }

  routesChanged(): void {
    this.#try?.search.routesChanged();
    this.#choice.routesChanged(this.#options.clock.now());
    this.#options.timer.refresh();
  }

  transportUsable(name: string): void {
    this.#try?.search.transportUsable(name);
    this.routesChanged();
  }

  /** The transports better than the one at this position are being tried. Undefined: none is. */
  get tryingBelow(): number | undefined {
    return this.#try?.below;
  }

  /** A try has brought a connection that was not taken yet. */
  get hasStanding(): boolean {
    return this.#standing !== undefined;
  }

  /** The connection that a try has brought. It is the caller's from now on. */
  take(): Connection | undefined {
    const connection = this.#standing;
    this.#standing = undefined;
    return connection;
  }

  /** Calls off what is being tried, and destroys what was found. */
  giveUp(): void {
    this.#try?.attempt.giveUp();
    this.#try = undefined;
    this.#choice.tryGivenUp();
    const unused = this.take();
    if (unused !== undefined) this.#options.release(unused);
  }

  get deadline(): Instant | undefined {
    return this.#choice.deadline;
  }

  expire(now: Instant): void {
    if (this.#connect === undefined || !this.#choice.expire(now)) return;
    const attempt = new Attempt();
    const search = this.#connect(attempt.signal);
    this.#try = { below: this.#rank, attempt, search };
    void this.#finish(this.#try);
  }

  /** Idempotent. */
  close(): void {
    this.giveUp();
    this.#options.timer.remove(this);
  }

  async #finish(trying: Try<Connection>): Promise<void> {
    const { release, onStanding, onBug, clock, timer } = this.#options;
    try {
      const connection = await trying.search.connection;
      if (this.#try !== trying) return release(connection);
      this.#try = undefined;
      this.#standing = connection;
      onStanding(connection.rank);
    } catch (error) {
      if (!(error instanceof UplinkError)) return onBug(error);
      if (this.#try !== trying) return;
      this.#try = undefined;
      this.#choice.tryFailed(clock.now());
      timer.refresh();
    }
  }
}
