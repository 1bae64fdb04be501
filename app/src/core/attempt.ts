/**
 * Work that takes time and can be given up meanwhile, because something newer has taken its place or the service ends.
 * One rule holds for all of it:
 *
 *  1. Work runs under the signal of an `Attempt`. Its caller gives it up as soon as the result is not needed.
 *  2. The signal ends what the work has begun: a socket is destroyed, a program is killed, a wait is over.
 *  3. After every wait, and before every change that outlives the work, the work asks whether it is still wanted
 *     (`signal.throwIfAborted()`). Work that was given up changes nothing.
 *  4. Work that was given up is not awaited, since not everything can be ended. A result that comes all the same is
 *     released by its caller (`unlessGivenUp`).
 */
import { EnvironmentError } from './errors.ts';

/** The work was given up by its owner, for a reason of its own. It is neither logged nor retried. */
export class GivenUpError extends EnvironmentError {
  constructor(cause?: unknown) {
    super('given up', { errno: 'ECANCELED', syscall: 'wait', cause });
  }
}

export class Attempt {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #onOuterAbort = (): void => this.giveUp();

  /** Given up together with `outer`, of which this work is a part. Call `giveUp` when the work is over, too. */
  constructor(outer?: AbortSignal) {
    this.#outer = outer;
    if (outer?.aborted === true) this.giveUp();
    else outer?.addEventListener('abort', this.#onOuterAbort);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get isGivenUp(): boolean {
    return this.signal.aborted;
  }

  /** Idempotent. Without effect on work that is done. */
  giveUp(): void {
    this.#outer?.removeEventListener('abort', this.#onOuterAbort);
    if (!this.isGivenUp) this.#controller.abort(new GivenUpError(this.#outer?.reason));
  }
}

/**
 * The result of `work`, or a GivenUpError as soon as `signal` is aborted. What the work brings after that goes to
 * `release`; how it fails then is of no interest to anybody.
 */
export function unlessGivenUp<T>(
  work: Promise<T>,
  signal: AbortSignal,
  release: (late: T) => void = () => undefined,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new GivenUpError(signal.reason));
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    work
      .then((result) => (signal.aborted ? release(result) : resolve(result)), reject)
      .finally(() => signal.removeEventListener('abort', onAbort));
  });
}
