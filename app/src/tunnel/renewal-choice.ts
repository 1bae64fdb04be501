/**
 * When to make a new connection over the transport in use, beside the one that carries the tunnel: soon after the
 * network behind that transport has moved, so that the old connection still works but begins at the wrong place, or
 * when the old one's keys are worn. The tunnel stays where it is until the new connection stands.
 *
 * Bounded: a change is given time to settle, and tries start some time apart, ever further while they fail. Events and
 * the time in, the next deadline and "try now" out.
 */
import { Backoff } from '../core/backoff.ts';
import { after, earliest, seconds, type Instant } from '../core/time.ts';

/** From the first change: a network that moves changes more than once. */
const settle = seconds(2);
/** The shortest time between two tries. */
const pause = seconds(10);
/** After a try that failed; doubles with each. */
const firstRetry = seconds(30);
const longestRetry = seconds(600);

export class RenewalChoice {
  #hasSession = false;
  #isTrying = false;
  #wantedAt: Instant | undefined;
  #triedAt: Instant | undefined;
  readonly #retry: Backoff;

  /** `random`: uniform in [0, 1). */
  constructor(random: () => number) {
    this.#retry = new Backoff({ first: firstRetry, longest: longestRetry, random });
  }

  /** When `expire` is due; undefined while the session is where it should be. */
  get deadline(): Instant | undefined {
    if (!this.#hasSession || this.#isTrying || this.#wantedAt === undefined) return undefined;
    if (this.#triedAt === undefined) return this.#wantedAt;
    const rested = after(this.#triedAt, pause);
    return rested < this.#wantedAt ? this.#wantedAt : rested;
  }

  /** A session has begun, perhaps over the connection that a try has brought. */
  sessionStarted(): void {
    this.#hasSession = true;
    this.#isTrying = false;
    this.#retry.reset();
  }

  /** What comes next begins at the right place, unless the network has moved since a try was started for it. */
  sessionEnded(): void {
    this.#hasSession = false;
    if (!this.#isTrying) this.#wantedAt = undefined;
  }

  /** A connection made now would begin elsewhere, or is needed for its keys. */
  routesChanged(now: Instant): void {
    if (this.#hasSession) this.#wantedAt = earliest(this.#wantedAt, after(now, settle));
  }

  /** True: try now, and say how it went. */
  expire(now: Instant): boolean {
    const due = this.deadline;
    if (due === undefined || now < due) return false;
    this.#isTrying = true;
    this.#triedAt = now;
    this.#wantedAt = undefined;
    return true;
  }

  tryGivenUp(): void {
    this.#isTrying = false;
    this.#wantedAt = undefined;
  }

  /** The server cannot be reached from there yet. */
  tryFailed(now: Instant): void {
    this.#isTrying = false;
    this.#wantedAt ??= after(now, this.#retry.wait());
    this.#retry.grow();
  }
}
