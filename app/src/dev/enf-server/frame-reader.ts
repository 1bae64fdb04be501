/**
 * Cuts a client's byte stream into whole frames. Chunks are judged where they lie; only a frame that two chunks share
 * is copied. The receiver may change the bytes it is given and must not keep them.
 */
import {
  frameHeaderLength,
  frameLength,
  isFrameTooLong,
  wholeFramesEnd,
} from '../../wire/frame-stream.ts';

/** Takes the whole frames in `buf[off, end)`. */
export type FrameSink = (buf: Uint8Array, off: number, end: number) => void;

export class FrameReader {
  readonly #maxPayload: number;
  readonly #sink: FrameSink;
  /** The beginning of a frame whose rest has not come yet. */
  readonly #partial: Uint8Array;
  #filled = 0;

  constructor(maxPayload: number, sink: FrameSink) {
    this.#maxPayload = maxPayload;
    this.#sink = sink;
    this.#partial = new Uint8Array(frameHeaderLength + maxPayload);
  }

  /** False when a frame is too long: nothing behind it can be read, end the session. */
  push(chunk: Uint8Array): boolean {
    const start = this.#filled === 0 ? 0 : this.#completeFrame(chunk);
    if (this.#filled > 0) {
      return !isFrameTooLong(this.#partial, 0, this.#filled, this.#maxPayload);
    }
    const whole = wholeFramesEnd(chunk, start, chunk.length, this.#maxPayload);
    if (whole > start) this.#sink(chunk, start, whole);
    if (isFrameTooLong(chunk, whole, chunk.length, this.#maxPayload)) return false;
    this.#take(chunk, whole, chunk.length - whole);
    return true;
  }

  /** Returns the offset in the chunk behind what was used; `#filled` is 0 when the frame became whole. */
  #completeFrame(chunk: Uint8Array): number {
    let used = this.#take(chunk, 0, frameHeaderLength - this.#filled);
    if (this.#filled < frameHeaderLength) return used;
    const length = frameLength(this.#partial, 0);
    if (length > this.#maxPayload) return used;
    used += this.#take(chunk, used, frameHeaderLength + length - this.#filled);
    if (this.#filled === frameHeaderLength + length) {
      this.#filled = 0;
      this.#sink(this.#partial, 0, frameHeaderLength + length);
    }
    return used;
  }

  /** Moves up to `wanted` bytes from the chunk to the partial frame. */
  #take(chunk: Uint8Array, off: number, wanted: number): number {
    const count = Math.max(0, Math.min(wanted, chunk.length - off));
    if (count > 0) this.#partial.set(chunk.subarray(off, off + count), this.#filled);
    this.#filled += count;
    return count;
  }
}
