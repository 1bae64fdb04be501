/**
 * The transfers of a USB function that have begun and not ended. A restart cancels all of them and waits until each has
 * ended: nothing of before can be taken for something of now.
 */
import type { Transfer } from 'function-fs';

export interface BegunTransfer {
  /** Begins it; `ended` is to be called with its result. */
  readonly start: (ended: (result: number) => void) => Transfer;
  /** It has ended, and counts. */
  readonly done: (result: number) => void;
  /** It was cancelled by a restart: whatever it has brought does not count. */
  readonly free: () => void;
}

export class TransfersUnderWay {
  readonly #running = new Set<Transfer>();
  readonly #onRoom: () => void;
  /** What to do when the last transfer has ended; nothing is begun before. */
  #afterCancel: (() => void) | undefined;

  /** `onRoom`: a transfer has ended and made room, be it for the next of its kind. */
  constructor(onRoom: () => void) {
    this.#onRoom = onRoom;
  }

  get isRestarting(): boolean {
    return this.#afterCancel !== undefined;
  }

  begin({ start, done, free }: BegunTransfer): void {
    const transfer = start((result) => {
      this.#running.delete(transfer);
      if (this.#afterCancel !== undefined) {
        free();
        if (this.#running.size === 0) this.#restarted();
        return;
      }
      done(result);
      this.#onRoom();
    });
    this.#running.add(transfer);
  }

  /** Calls `next` when no transfer is under way any more. A later restart takes the place of an earlier one. */
  restart(next: () => void): void {
    this.#afterCancel = next;
    if (this.#running.size === 0) return this.#restarted();
    for (const transfer of this.#running) transfer.cancel();
  }

  #restarted(): void {
    const next = this.#afterCancel;
    this.#afterCancel = undefined;
    next?.();
  }
}
