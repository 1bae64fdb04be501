/**
 * Finds a server that can be used. Transports, hosts and addresses are tried in the order of the configuration, but no
 * attempt waits for the end of the one before: each next address starts a moment after the last (RFC 8305), and the
 * first attempt that leads to a whole connection wins. A server that fails in the TLS handshake is passed over like one
 * that cannot be reached.
 *
 * Everything is bounded: the addresses of a name before the next name, the time and the attempts of a transport before
 * the next transport (`turns.ts`), and the attempts and the time of the whole search. What one search has not
 * reached, the next one starts with (`address-memory.ts`).
 */
import { Attempt } from '../../core/attempt.ts';
import { EnvironmentError } from '../../core/errors.ts';
import { after, earliest, elapsed, seconds, type Clock, type Instant } from '../../core/time.ts';
import { Waiting } from '../../core/waiting.ts';
import type { AddressMemory } from './address-memory.ts';
import { Candidates, type Candidate } from './candidates.ts';
import { Contest, type ContestOptions } from './contest.ts';
import { Failures } from './failures.ts';
import { Turns } from './turns.ts';
import { Ways } from './ways.ts';
import type { ServerHost } from '../server-host.ts';
import type { Transport } from '../transport.ts';
import { stoppedError } from '../uplink-error.ts';

/** One thing tried, for the status. */
export interface Tried {
  readonly transport: string;
  readonly host: string;
  /** Undefined when the name had no address, or the transport itself could not be used. */
  readonly address: string | undefined;
  /** Why it was of no use; undefined for the one that succeeded. */
  readonly problem: string | undefined;
}

export interface SearchOptions<Connection> {
  readonly transports: readonly Transport[];
  readonly hosts: readonly ServerHost[];
  readonly port: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Of earlier searches. */
  readonly memory: AddressMemory;
  /** From a stream to a connection. Owns the stream; rejects when the server is of no use. */
  readonly secure: ContestOptions<Connection>['secure'];
  /** Destroys a connection that came too late. */
  readonly release: (connection: Connection) => void;
  readonly onAttempt?: (attempt: Tried) => void;
}

/** Of the whole search. */
export const searchDeadline = seconds(60);
/** Of the whole search, over all transports. */
export const mostAttempts = 128;

const incomplete =
  `not all addresses were tried: a search ends after ${mostAttempts} attempts or ` +
  `${searchDeadline / 1000} s, and the next one continues there`;

type Party = Pick<Candidate, 'transport' | 'host'> & Partial<Candidate>;

/** A search that starts with its construction. */
export class Search<Connection> {
  /** Rejects with an UplinkError that names for each transport why it is of no use. */
  readonly connection: Promise<Connection>;

  readonly #options: SearchOptions<Connection>;
  readonly #attempt: Attempt;
  readonly #waiting: Waiting;
  readonly #contest: Contest<Connection>;
  readonly #turns: Turns;
  readonly #failures = new Failures();
  readonly #ways = new Ways();
  readonly #endsAt: Instant;
  #count = 0;
  #resolve!: (connection: Connection) => void;
  #reject!: (error: unknown) => void;

  constructor(options: SearchOptions<Connection>) {
    const { clock, transports, secure, release } = options;
    this.#options = options;
    this.#endsAt = after(clock.now(), searchDeadline);
    this.#attempt = new Attempt(options.signal);
    this.#waiting = new Waiting(clock);
    this.#contest = new Contest({
      ...{ clock, secure, release },
      onNews: () => this.#waiting.wake(),
      onBug: (error) => this.#onBug(error),
      onConnection: (candidate, connection) => this.#won(candidate, connection),
      onFailure: (candidate, error) => this.#failed(candidate, error),
    });
    this.#turns = new Turns(this.#contest);
    for (const transport of transports) this.#include(transport);
    this.connection = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#run().catch((error: unknown) => this.#onBug(error));
  }

  /**
   * Routes or addresses of this machine have changed. Attempts whose way is another one now, or gone, are given up, and
   * their transport starts again, names included: another network may resolve them otherwise. False when that leaves no
   * attempt under way: the whole search is better restarted.
   */
  routesChanged(): boolean {
    const lost = this.#ways.changed();
    const isAnyLeft = this.#contest.giveUp((candidate) => lost.has(candidate));
    if (lost.size > 0 && !isAnyLeft) return false;
    const changed = new Set([...lost].map(({ transport }) => transport));
    for (const source of this.#turns.sources) {
      if (changed.has(source.transport) || source.isFruitless) this.#restart(source);
    }
    return true;
  }

  /** This transport has become usable without a change of routes. */
  transportUsable(name: string): void {
    const source = this.#turns.sources.find(({ transport }) => transport.name === name);
    if (source === undefined) {
      const absent = this.#options.transports.find((transport) => transport.name === name);
      if (absent !== undefined) this.#include(absent);
      this.#waiting.wake();
    } else if (!source.hasMore && this.#contest.isIdle(source.transport)) {
      this.#restart(source);
    }
  }

  /** Adds a transport to the search, unless it is optional and absent: that is not worth a message. */
  #include(transport: Transport): void {
    if (transport.isOptional === true && transport.unavailable() !== undefined) return;
    const source = new Candidates({
      ...this.#options,
      transport,
      signal: this.#attempt.signal,
      onNews: () => this.#waiting.wake(),
      onFailure: (host, error) => this.#failed({ transport, host }, error),
      onBug: (error) => this.#onBug(error),
    });
    this.#turns.include(source, this.#options.transports);
  }

  #restart(source: Candidates): void {
    const underWay = this.#contest.underWay(source.transport);
    this.#ways.keepOnly(source.transport, underWay);
    source.restart(underWay);
    this.#turns.restart(source);
    this.#waiting.wake();
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    for (;;) {
      if (this.#attempt.isGivenUp) return this.#end(() => this.#reject(stoppedError('connect')));
      const now = clock.now();
      const isExhausted = this.#count >= mostAttempts;
      const isOver = this.#contest.isIdle() && (isExhausted || !this.#turns.hasMore);
      if (isOver || now >= this.#endsAt) return this.#giveUp();
      const candidate = isExhausted ? undefined : this.#turns.next(now);
      if (candidate !== undefined) this.#start(candidate);
      else if (isExhausted || !this.#turns.beginRound()) {
        const deadline = earliest(this.#turns.deadline(now), this.#endsAt) ?? this.#endsAt;
        await this.#waiting.wait(elapsed(now, deadline), this.#attempt.signal);
      }
    }
  }

  #start(candidate: Candidate): void {
    this.#count++;
    this.#ways.add(candidate);
    this.#contest.start(candidate);
  }

  #won(candidate: Candidate, connection: Connection): void {
    if (this.#attempt.isGivenUp) return this.#options.release(connection);
    for (const { candidate: other, problem } of this.#contest.unfinished()) {
      this.#report(other, problem);
    }
    this.#report(candidate, undefined);
    this.#end(() => this.#resolve(connection));
  }

  #failed(candidate: Party, error: Error): void {
    this.#failures.add(candidate.transport.name, error);
    this.#report(candidate, error.message);
  }

  #giveUp(): void {
    for (const { candidate, problem } of this.#contest.unfinished()) {
      const details = { errno: 'ETIMEDOUT', syscall: 'connect' };
      this.#failed(candidate, new EnvironmentError(problem, details));
    }
    for (const source of this.#turns.sources) source.remember();
    const ending = this.#turns.hasMore ? incomplete : undefined;
    this.#end(() => this.#reject(this.#failures.summary(ending)));
  }

  #report({ transport, host, target }: Party, problem: string | undefined): void {
    const where = { transport: transport.name, host, address: target?.address };
    this.#options.onAttempt?.({ ...where, problem });
  }

  #onBug(error: unknown): void {
    this.#end(() => this.#reject(error));
  }

  /** Gives up what is still going on. */
  #end(settle: () => void): void {
    settle();
    this.#attempt.giveUp();
    this.#contest.giveUp();
  }
}
