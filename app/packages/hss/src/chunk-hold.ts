/** Counts the readers of a received chunk, so that its memory is used again after the last one. */
export class ChunkHold {
  readonly #release: () => void;
  #holders = 1;

  /** Held once, by its creator. */
  constructor(release: () => void) {
    this.#release = release;
  }

  take(): void {
    this.#holders++;
  }

  drop(): void {
    if (--this.#holders === 0) this.#release();
  }
}
