/** Buffers for bursts on their way out, used again instead of made again. */

const keptBuffers = 16;

export class BufferPool {
  readonly #size: number;
  readonly #free: Buffer[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#size);
  }

  /** The caller no longer uses the buffer. After a peak the surplus is left to the garbage collector. */
  give(buffer: Buffer): void {
    if (this.#free.length < keptBuffers) this.#free.push(buffer);
  }
}
