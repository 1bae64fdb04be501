/**
 * When to try to move a tunnel back to a better transport. Transports have an order, and the first that works carries
 * the tunnel; when a later one does, the earlier are worth another try: soon after the network has changed, and else
 * now and then. The tunnel in use stays until the better one stands.
 *
 * Against flapping: a change is given time to settle; a try that failed makes the next wait longer; and a better
 * transport that did not last keeps the tunnel away from it, each time for longer, until it lasted once.
 *
 * Events and the time in, the next deadline and "try now" out.
 */
import { Backoff } from '../core/backoff.ts';
import type { Duration, Instant } from '../core/time.ts';
import { after, earliest, elapsed, seconds } from '../core/time.ts';

export interface TransportChoiceOptions {
  /** How long the network must have been quiet after a change. */
  readonly settle?: Duration;
  /** The longest wait for that quiet, and the shortest time between two tries. */
  readonly pause?: Duration;
  /** Between tries without a change; doubles with each that failed. */
  readonly firstRetry?: Duration;
  readonly longestRetry?: Duration;
  /** A session on a better transport that lived as long as this has lasted. */
  readonly steadyAfter?: Duration;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export class TransportChoice {
  readonly #settle: Duration;
  readonly #pause: Duration;
  readonly #steadyAfter: Duration;
  /** Position of the transport in use; undefined without a session. 0 is the best. */
  #rank: number | undefined;
  #startedAt: Instant | undefined;
  /** This session began by moving to a better transport. */
  #isMove = false;
  /** The better ones than this are being tried, for this session or still for one that has ended meanwhile. */
  #tryingBelow: number | undefined;
  readonly #retry: Backoff;
  readonly #hold: Backoff;
  #holdUntil: Instant | undefined;
  #retryAt: Instant | undefined;
  #settledAt: Instant | undefined;
  /** The first change since the last try, or since the session began. */
  #changedAt: Instant | undefined;
  #triedAt: Instant | undefined;

  constructor(options: TransportChoiceOptions) {
    this.#settle = options.settle ?? seconds(2);
    this.#pause = options.pause ?? seconds(5);
    const first = options.firstRetry ?? seconds(30);
    const longest = options.longestRetry ?? seconds(600);
    this.#steadyAfter = options.steadyAfter ?? seconds(60);
    this.#retry = new Backoff({ first, longest, random: options.random });
    this.#hold = new Backoff({ first, longest, random: options.random });
  }

  /** When `expire` is due; undefined while there is nothing better to try. */
  get deadline(): Instant | undefined {
    if (this.#rank === undefined || this.#rank === 0) return undefined;
    if (this.#tryingBelow !== undefined) return undefined;
    const wanted = earliest(this.#retryAt, this.#settledAt);
    if (wanted === undefined) return undefined;
    const rested = this.#triedAt === undefined ? wanted : after(this.#triedAt, this.#pause);
    return latest(latest(wanted, rested), this.#holdUntil ?? wanted);
  }

  /** Over a transport of this rank. A try that is under way for better ones goes on. */
  sessionStarted(rank: number, now: Instant): void {
    this.#isMove = this.#tryingBelow !== undefined && rank < this.#tryingBelow;
    if (this.#isMove) this.#tryingBelow = undefined;
    this.#rank = rank;
    this.#startedAt = now;
    this.#settledAt = undefined;
    this.#changedAt = undefined;
    this.#retryAt = after(now, this.#retry.wait());
  }

  /** Call also for the session that is left for a better one, and before that one starts. */
  sessionEnded(now: Instant): void {
    if (this.#startedAt === undefined) return;
    const hasLasted = elapsed(this.#startedAt, now) >= this.#steadyAfter;
    if (this.#isMove && !hasLasted) {
      this.#holdUntil = after(now, this.#hold.next());
    } else if (this.#rank === 0 && hasLasted) {
      this.#forget();
    }
    this.#rank = undefined;
    this.#startedAt = undefined;
  }

  routesChanged(now: Instant): void {
    if (this.#rank === undefined || this.#rank === 0) return;
    this.#changedAt ??= now;
    this.#settledAt = earliest(after(now, this.#settle), after(this.#changedAt, this.#pause));
  }

  /** True: try the better transports now, and say how it went. */
  expire(now: Instant): boolean {
    const due = this.deadline;
    if (due === undefined || now < due) return false;
    this.#tryingBelow = this.#rank;
    this.#triedAt = now;
    this.#settledAt = undefined;
    this.#changedAt = undefined;
    return true;
  }

  /** The better transports are not being tried any more, for whatever reason. */
  tryGivenUp(): void {
    this.#tryingBelow = undefined;
  }

  /** None of the better transports works. Where one does, `sessionStarted` follows. */
  tryFailed(now: Instant): void {
    this.#tryingBelow = undefined;
    this.#retry.grow();
    this.#retryAt = after(now, this.#retry.wait());
  }

  #forget(): void {
    this.#retry.reset();
    this.#hold.reset();
    this.#holdUntil = undefined;
  }
}

function latest(a: Instant, b: Instant): Instant {
  return a < b ? b : a;
}
