/**
 * Takes a bulk direction apart, which is a stream of messages without regard to transfers. Data are handed on as they
 * come, as views; only the small other messages are put together, so memory does not depend on what a length says.
 *
 * When the stream makes no sense, everything up to the end of the transfer is dropped and reading restarts with the
 * next one: senders begin transfers with a message. Who had data under way has lost some: see `onGarbage`.
 */
import { headerLength, maxCommandBytes, opcode, readUint16, readUint32 } from './header.ts';

export interface StreamHandlers {
  /** A whole message that is not a TRANSMIT. The view is valid during the call. */
  onMessage(bytes: Uint8Array): void;
  /** A part of a TRANSMIT's data, possibly empty; views of the pushed chunk. */
  onData(socketId: number, messageId: number, data: Uint8Array, isLast: boolean): void;
  /** The stream lost its meaning, or a message of a senseless length was passed over (`isLost` false). */
  onGarbage(isLost: boolean): void;
}

/** No implementation sends larger ones; what claims to be larger is not a header. */
export const maxPayloadBytes = 64 * 1024;

export class StreamReader {
  readonly #handlers: StreamHandlers;
  /** The beginning of a message that is not a TRANSMIT, or of a header. */
  readonly #partial = new Uint8Array(maxCommandBytes);
  #partialLength = 0;
  /** Bytes of the current TRANSMIT, or of what is passed over, that are still to come. */
  #remaining = 0;
  #isPassing = false;
  #isLost = false;
  #socketId = 0;
  #messageId = 0;

  constructor(handlers: StreamHandlers) {
    this.#handlers = handlers;
  }

  /** `endsTransfer`: the chunk is the last one of a transfer, so the next begins another. */
  push(chunk: Uint8Array, endsTransfer: boolean): void {
    let at = 0;
    while (at < chunk.length && !this.#isLost) {
      at = this.#remaining > 0 ? this.#pass(chunk, at) : this.#collect(chunk, at);
    }
    if (endsTransfer) this.#isLost = false;
  }

  /** Forgets what has begun: the next chunk starts with a header. */
  reset(): void {
    this.#partialLength = 0;
    this.#remaining = 0;
    this.#isLost = false;
  }

  #pass(chunk: Uint8Array, at: number): number {
    const end = Math.min(chunk.length, at + this.#remaining);
    this.#remaining -= end - at;
    if (!this.#isPassing) {
      const data = chunk.subarray(at, end);
      this.#handlers.onData(this.#socketId, this.#messageId, data, this.#remaining === 0);
    }
    return end;
  }

  /** Adds to the partial message what it lacks, a header first; returns the offset behind. */
  #collect(chunk: Uint8Array, start: number): number {
    let at = this.#fill(chunk, start, headerLength);
    if (this.#partialLength < headerLength) return at;
    const partial = this.#partial;
    const code = readUint16(partial, 0);
    const length = readUint32(partial, 8);
    if (length > maxPayloadBytes || (code > opcode.close && code !== opcode.noOp)) {
      this.reset();
      this.#isLost = true;
      this.#handlers.onGarbage(true);
      return at;
    }
    if (code === opcode.transmit || headerLength + length > maxCommandBytes) {
      this.#partialLength = 0;
      this.#socketId = readUint32(partial, 4);
      this.#messageId = readUint16(partial, 2);
      this.#remaining = length;
      this.#isPassing = code !== opcode.transmit;
      if (this.#isPassing) this.#handlers.onGarbage(false);
      else if (length === 0) {
        this.#handlers.onData(this.#socketId, this.#messageId, chunk.subarray(at, at), true);
      }
      return at;
    }
    at = this.#fill(chunk, at, headerLength + length);
    if (this.#partialLength === headerLength + length) {
      this.#partialLength = 0;
      this.#handlers.onMessage(partial.subarray(0, headerLength + length));
    }
    return at;
  }

  #fill(chunk: Uint8Array, at: number, wanted: number): number {
    const count = Math.max(0, Math.min(wanted - this.#partialLength, chunk.length - at));
    this.#partial.set(chunk.subarray(at, at + count), this.#partialLength);
    this.#partialLength += count;
    return at + count;
  }
}
