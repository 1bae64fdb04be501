/**
 * Transfers that run at the same time, on any descriptors. What is begun within one turn of the event loop goes to the
 * kernel in one call.
 */
import { errnoName, FunctionFsError } from './errors.ts';
import { addon, type NativeTransfers } from './native.ts';

/** Bytes that were moved, or a negative errno. */
export type TransferResult = number;

export interface Transfer {
  /** Its `done` is called all the same, with an error if there was time. */
  cancel(): void;
}

interface Running {
  readonly done: (result: TransferResult) => void;
}

export class Transfers {
  readonly #native: NativeTransfers;
  readonly #running: (Running | undefined)[];
  readonly #free: number[];
  #isSubmitting = false;
  #isClosed = false;

  /** At most `capacity` at a time, 1024 at most. */
  constructor(capacity: number) {
    const results = new Int32Array(2 * capacity);
    const native = addon().openTransfers(capacity, results, (count) => {
      this.#finish(results.slice(0, 2 * count));
    });
    if (typeof native === 'number') {
      throw new FunctionFsError('no asynchronous transfers', {
        errno: errnoName(native),
        syscall: 'io_setup',
        hint: 'the kernel needs CONFIG_AIO, and /proc/sys/fs/aio-max-nr a larger number',
      });
    }
    this.#native = native;
    this.#running = new Array<undefined>(capacity).fill(undefined);
    this.#free = Array.from({ length: capacity }, (_, slot) => slot);
  }

  /** The bytes are `buffer`'s from its start; it belongs to the transfer until `done`. */
  read(fd: number, buffer: Uint8Array, done: Running['done']): Transfer {
    return this.#begin(fd, false, buffer, buffer.length, done);
  }

  /** Sends the first `count` bytes. */
  write(fd: number, buffer: Uint8Array, count: number, done: Running['done']): Transfer {
    return this.#begin(fd, true, buffer, count, done);
  }

  /** Cancels all and waits for it; no `done` is called any more. */
  close(): void {
    this.#isClosed = true;
    this.#native.close();
  }

  #begin(
    fd: number,
    isWrite: boolean,
    buffer: Uint8Array,
    count: number,
    done: Running['done'],
  ): Transfer {
    if (this.#isClosed) return { cancel: () => undefined };
    if (count > buffer.length) throw new RangeError(`${count} of ${buffer.length} bytes`);
    const slot = this.#free.pop();
    if (slot === undefined) {
      throw new FunctionFsError(`more than ${this.#running.length} transfers`, {
        errno: 'ENOBUFS',
        syscall: 'io_submit',
      });
    }
    const running = { done };
    this.#running[slot] = running;
    this.#native.queue(slot, fd, isWrite, buffer, count);
    this.#submitSoon();
    return {
      cancel: () => {
        if (this.#running[slot] !== running) return;
        this.#native.submit();
        this.#native.cancel(slot);
      },
    };
  }

  #submitSoon(): void {
    if (this.#isSubmitting) return;
    this.#isSubmitting = true;
    queueMicrotask(() => {
      this.#isSubmitting = false;
      this.#native.submit();
    });
  }

  #finish(results: Int32Array): void {
    const done: (() => void)[] = [];
    for (let at = 0; at < results.length; at += 2) {
      const slot = results[at]!;
      const running = this.#running[slot];
      this.#running[slot] = undefined;
      this.#free.push(slot);
      if (running !== undefined) done.push(() => running.done(results[at + 1]!));
    }
    for (const call of done) {
      if (!this.#isClosed) call();
    }
  }
}
