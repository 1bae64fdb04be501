/**
 * The transfers of a card. Each object is used again and again: the USB library keeps the callback of one for as long
 * as the object is there, and a callback that refers to its object keeps that, so one for each transfer would never be
 * freed.
 */
import type { InEndpoint, LibUSBException, OutEndpoint, Transfer } from 'usb';

type Endpoint = InEndpoint | OutEndpoint;

/** `buffer` is the one that the transfer began with; the first `actual` bytes of it were moved. */
export type TransferDone = (
  error: LibUSBException | undefined,
  buffer: Buffer,
  actual: number,
) => void;

interface Slot {
  readonly transfer: Transfer;
  done: TransferDone;
}

export class Transfers {
  readonly #idle = new Map<Endpoint, Slot[]>();
  readonly #running = new Set<Slot>();
  #whenIdle: (() => void)[] = [];

  /** Throws what libusb refuses with. */
  begin(endpoint: Endpoint, buffer: Buffer, done: TransferDone): void {
    const slot = this.#idle.get(endpoint)?.pop() ?? this.#makeSlot(endpoint);
    slot.done = done;
    // One that is refused stays marked as active in the library: it is not used again.
    slot.transfer.submit(buffer);
    this.#running.add(slot);
  }

  /** Takes back all of them. Resolves when the last one is done. */
  cancelAll(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#running.size === 0) return resolve();
      this.#whenIdle.push(resolve);
      for (const { transfer } of this.#running) transfer.cancel();
    });
  }

  // Nothing but the slot may be in reach of the callback.
  #makeSlot(endpoint: Endpoint): Slot {
    const transfer = endpoint.makeTransfer(0, (error, buffer, actual) => {
      const { done } = slot;
      slot.done = forgotten;
      this.#running.delete(slot);
      this.#keep(endpoint, slot);
      done(error, buffer, actual);
      if (this.#running.size > 0) return;
      for (const resolve of this.#whenIdle.splice(0)) resolve();
    });
    const slot: Slot = { transfer, done: forgotten };
    return slot;
  }

  #keep(endpoint: Endpoint, slot: Slot): void {
    const idle = this.#idle.get(endpoint);
    if (idle === undefined) this.#idle.set(endpoint, [slot]);
    else idle.push(slot);
  }
}

function forgotten(): void {
  // A transfer that is not under way is not awaited.
}
