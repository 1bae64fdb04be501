/** A wait that ends after a time, at a wake-up call, or when its signal is aborted, whichever is first. */
import type { Clock, Duration } from './time.ts';

export class Waiting {
  readonly #clock: Pick<Clock, 'schedule'>;
  #finish: (() => void) | undefined;

  constructor(clock: Pick<Clock, 'schedule'>) {
    this.#clock = clock;
  }

  /** One wait at a time. Resolves at once when `signal` is aborted. */
  async wait(time: Duration, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    let cancel: (() => void) | undefined;
    const onAbort = (): void => this.wake();
    await new Promise<void>((resolve) => {
      this.#finish = resolve;
      signal.addEventListener('abort', onAbort);
      cancel = this.#clock.schedule(time, resolve);
    });
    this.#finish = undefined;
    signal.removeEventListener('abort', onAbort);
    cancel?.();
  }

  wake(): void {
    this.#finish?.();
  }
}
