/**
 * The connections that a search tries at the same time (RFC 8305 section 5): the next attempt starts a moment after the
 * last, or at once when one has failed; the first whole connection wins, and all others are given up. After a server
 * has accepted a connection, the next attempt waits longer, so that one slow handshake does not burden a second server.
 */
import { Attempt, unlessGivenUp } from '../../core/attempt.ts';
import {
  after,
  elapsed,
  milliseconds,
  seconds,
  type Clock,
  type Instant,
} from '../../core/time.ts';
import type { Transport, TransportStream } from '../transport.ts';
import { isOutside, type Candidate } from './candidates.ts';

export interface ContestOptions<Connection> {
  /** From a stream to a connection. Owns the stream; rejects when the server is of no use. */
  readonly secure: (
    stream: TransportStream,
    candidate: Candidate,
    signal: AbortSignal,
  ) => Promise<Connection>;
  /** Destroys a connection that came too late. */
  readonly release: (connection: Connection) => void;
  readonly clock: Clock;
  /** An attempt has ended. */
  readonly onNews: () => void;
  readonly onFailure: (candidate: Candidate, error: Error) => void;
  readonly onConnection: (candidate: Candidate, connection: Connection) => void;
  /** A fault of ours, which must not count as a server's. */
  readonly onBug: (error: unknown) => void;
}

/** "Connection Attempt Delay" of RFC 8305 section 8. */
const attemptDelay = milliseconds(250);
/** From the moment in which a server has accepted a connection, for its handshake. */
const handshakeDelay = seconds(2);

interface Contestant {
  readonly candidate: Candidate;
  readonly attempt: Attempt;
  readonly startedAt: Instant;
  isConnected: boolean;
}

export class Contest<Connection> {
  readonly #options: ContestOptions<Connection>;
  readonly #underWay = new Set<Contestant>();
  #nextAt: Instant;

  constructor(options: ContestOptions<Connection>) {
    this.#options = options;
    this.#nextAt = options.clock.now();
  }

  /** Over this transport, or over all. */
  isIdle(transport?: Transport): boolean {
    return this.#count(transport) === 0;
  }

  hasRoom(transport: Transport): boolean {
    return this.#count(transport) < transport.mostAtOnce;
  }

  /** When the next attempt may start; undefined, which is at once, when none is under way. */
  get nextAt(): Instant | undefined {
    return this.isIdle() ? undefined : this.#nextAt;
  }

  start(candidate: Candidate): void {
    const startedAt = this.#options.clock.now();
    const attempt = new Attempt();
    const contestant = { candidate, attempt, startedAt, isConnected: false };
    this.#underWay.add(contestant);
    this.#nextAt = after(startedAt, attemptDelay);
    void this.#run(contestant);
  }

  /** Gives up those for which `isLost` is true, or all; false when that leaves none. */
  giveUp(isLost: (candidate: Candidate) => boolean = () => true): boolean {
    for (const { candidate, attempt } of this.#underWay) if (isLost(candidate)) attempt.giveUp();
    return [...this.#underWay].some(({ attempt }) => !attempt.isGivenUp);
  }

  /** What is being tried over this transport. */
  underWay(transport: Transport): Candidate[] {
    return [...this.#underWay]
      .filter(({ candidate, attempt }) => candidate.transport === transport && !attempt.isGivenUp)
      .map(({ candidate }) => candidate);
  }

  /** Attempts that have not ended, and what each is waiting for. */
  unfinished(): { candidate: Candidate; problem: string }[] {
    const now = this.#options.clock.now();
    return [...this.#underWay].map(({ candidate, startedAt, isConnected }) => {
      const { address, port } = candidate.target;
      const what = isConnected ? 'unfinished handshake with' : 'no answer from';
      const after = `${(elapsed(startedAt, now) / 1000).toFixed(1)} s`;
      return { candidate, problem: `${what} ${address} port ${port} after ${after}` };
    });
  }

  /** A server has accepted a connection that is not given up. */
  get #isInHandshake(): boolean {
    return [...this.#underWay].some(
      ({ isConnected, attempt }) => isConnected && !attempt.isGivenUp,
    );
  }

  #count(transport: Transport | undefined): number {
    if (transport === undefined) return this.#underWay.size;
    return [...this.#underWay].filter(({ candidate }) => candidate.transport === transport).length;
  }

  async #run(contestant: Contestant): Promise<void> {
    const { candidate, attempt } = contestant;
    const { onFailure, onConnection, onBug, onNews, release, clock } = this.#options;
    try {
      const connection = await unlessGivenUp(this.#connect(contestant), attempt.signal, release);
      this.#underWay.delete(contestant);
      onConnection(candidate, connection);
    } catch (error) {
      this.#underWay.delete(contestant);
      if (!isOutside(error)) onBug(error);
      else if (!attempt.isGivenUp) {
        this.#nextAt = this.#isInHandshake ? this.#nextAt : clock.now();
        onFailure(candidate, error);
      }
    } finally {
      attempt.giveUp();
      onNews();
    }
  }

  async #connect(contestant: Contestant): Promise<Connection> {
    const { secure, clock } = this.#options;
    const { candidate, attempt } = contestant;
    const { transport, target } = candidate;
    const stream = await transport.connect(target, attempt.signal);
    if (attempt.isGivenUp) stream.stream.destroy();
    attempt.signal.throwIfAborted();
    contestant.isConnected = true;
    this.#nextAt = latest(this.#nextAt, after(clock.now(), handshakeDelay));
    return secure(stream, candidate, attempt.signal);
  }
}

function latest(a: Instant, b: Instant): Instant {
  return a < b ? b : a;
}
