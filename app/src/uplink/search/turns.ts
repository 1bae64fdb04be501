/**
 * Which transport of a search is tried next. Transports take turns in the order of the configuration: the next one is
 * tried beside a transport that has had its time or its attempts, and at once after one that has nothing left to try.
 * Transports whose turn is over share what follows, the one with the fewest attempts first, so that no number of
 * addresses on one transport keeps the search from another.
 *
 * A round is over when each transport has had its turn and has tried a few addresses of each name. Later rounds bring
 * the addresses that are left, without turns.
 */
import { after, earliest, seconds, type Duration, type Instant } from '../../core/time.ts';
import type { Transport } from '../transport.ts';
import type { Candidate, Candidates } from './candidates.ts';

/** What is under way, by `contest.ts`. */
export interface UnderWay {
  isIdle(transport?: Transport): boolean;
  hasRoom(transport: Transport): boolean;
  /** When the next attempt may start; undefined: at once. */
  readonly nextAt: Instant | undefined;
}

/** After this time, the next transport is tried beside one that has not come to an end. */
export const transportTurn = seconds(6);
/** After as many attempts, too: on a network that refuses everything they take no time. */
export const attemptsPerTurn = 32;

interface Turn {
  readonly endsAt: Instant;
  attempts: number;
}

export class Turns {
  readonly #underWay: UnderWay;
  #sources: readonly Candidates[] = [];
  /** Of the transports that were reached in this round. */
  readonly #turns = new Map<Candidates, Turn>();
  /** Attempts in all rounds. */
  readonly #attempts = new Map<Candidates, number>();
  #length: Duration = transportTurn;

  constructor(underWay: UnderWay) {
    this.#underWay = underWay;
  }

  /** In the order of the configuration. */
  get sources(): readonly Candidates[] {
    return this.#sources;
  }

  /** `order`: all transports of the configuration. */
  include(source: Candidates, order: readonly Transport[]): void {
    const position = ({ transport }: Candidates): number => order.indexOf(transport);
    this.#sources = [...this.#sources, source].sort((a, b) => position(a) - position(b));
  }

  /** Gives this transport a new turn. */
  restart(source: Candidates): void {
    this.#turns.delete(source);
  }

  /** There is an address left to try, now or later. */
  get hasMore(): boolean {
    return this.#sources.some(({ hasMore }) => hasMore);
  }

  /** The next address, when its time has come. */
  next(now: Instant): Candidate | undefined {
    if (now < (this.#underWay.nextAt ?? now)) return undefined;
    const sharing: Candidates[] = [];
    for (const source of this.#sources) {
      source.advance(now);
      const turn = this.#turnOf(source, now);
      if (now >= turn.endsAt || turn.attempts >= attemptsPerTurn) {
        sharing.push(source);
        continue;
      }
      const candidate = this.#take(source, turn);
      if (candidate !== undefined) return candidate;
      if (source.isOpen || !this.#underWay.isIdle(source.transport)) break;
    }
    sharing.sort((a, b) => this.#attemptsOf(a) - this.#attemptsOf(b));
    for (const source of sharing) {
      const candidate = this.#take(source, this.#turnOf(source, now));
      if (candidate !== undefined) return candidate;
    }
    return undefined;
  }

  /** False while this round is not over, and when another one would bring nothing more. */
  beginRound(): boolean {
    const isOver = this.#sources.every((source) => this.#turns.has(source) && !source.isOpen);
    if (!isOver || !this.hasMore) return false;
    this.#turns.clear();
    this.#length = seconds(0);
    for (const source of this.#sources) source.renew();
    return true;
  }

  /** When `next` is to be called again without any news; undefined: only then. */
  deadline(now: Instant): Instant | undefined {
    const turns = [...this.#turns.values()].map(({ endsAt }) => endsAt);
    const names = this.#sources.map(({ deadline }) => deadline);
    return [this.#underWay.nextAt, ...turns, ...names]
      .filter((time) => time !== undefined && time > now)
      .reduce(earliest, undefined);
  }

  #turnOf(source: Candidates, now: Instant): Turn {
    const turn = this.#turns.get(source) ?? { endsAt: after(now, this.#length), attempts: 0 };
    this.#turns.set(source, turn);
    return turn;
  }

  #attemptsOf(source: Candidates): number {
    return this.#attempts.get(source) ?? 0;
  }

  #take(source: Candidates, turn: Turn): Candidate | undefined {
    const candidate = this.#underWay.hasRoom(source.transport) ? source.take() : undefined;
    if (candidate === undefined) return undefined;
    turn.attempts++;
    this.#attempts.set(source, this.#attemptsOf(source) + 1);
    return candidate;
  }
}
