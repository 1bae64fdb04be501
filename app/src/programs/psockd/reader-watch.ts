/**
 * Notices that psock-host has stopped reading. A program that was killed sends nothing; but while it lives, and
 * has granted a window, it always has transfers waiting for what the card sends. One that is not taken shows it.
 */
export interface ReaderWatchOptions {
  /** Calls back once; the result calls it off. */
  readonly schedule: (milliseconds: number, callback: () => void) => () => void;
  /** Makes sure that something is under way to the host. */
  readonly probe: () => void;
  readonly onGone: () => void;
}

/** A host that only has much to do reads within that. Twice as long at most until it counts as gone. */
export const lookMs = 4000;

export class ReaderWatch {
  readonly #options: ReaderWatchOptions;
  /** Nothing was taken since the last look, when something was under way. */
  #isUntaken = false;
  #cancel: (() => void) | undefined;

  constructor(options: ReaderWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.stop();
    this.#isUntaken = false;
    this.#wait();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** A transfer has arrived. */
  taken(): void {
    this.#isUntaken = false;
  }

  #wait(): void {
    this.#cancel = this.#options.schedule(lookMs, () => {
      if (this.#isUntaken) return this.#options.onGone();
      this.#isUntaken = true;
      this.#wait();
      this.#options.probe();
    });
  }
}
