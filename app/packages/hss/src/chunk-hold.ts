/** Counts who still reads a received chunk, so that its memory is used again when nobody does. */
export class ChunkHold {
  readonly #release: () => void;
  #holders = 1;

  /** Held once, by whoever makes it. */
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
