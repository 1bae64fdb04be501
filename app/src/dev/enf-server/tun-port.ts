/**
 * The network behind the router: a TUN interface. Drains it in bursts, and writes to it once per turn of the event
 * loop, so that the device can join the segments of a whole turn.
 */
import type { PacketDevice } from 'tuntap2';
import { PauseCounter, OutputQueue, queueLimitBytes } from './output-queue.ts';
import type { Source, FlushScheduler } from './output-queue.ts';

/** Whole frames in `buf[off, end)` that the TUN delivered; `source` is who to hold back. */
export type BurstHandler = (source: Source, buf: Uint8Array, off: number, end: number) => void;

const readSlabBytes = 256 * 1024;
/** A turn may bring megabytes: written in portions that stay in the processor's cache. */
const writeAtBytes = 128 * 1024;
/** Slabs per callback: the clients' sockets get their turn too. */
const maxSlabsPerTurn = 2;

export class TunPort extends OutputQueue {
  readonly device: PacketDevice;
  readonly #source: Source;
  readonly #onBurst: BurstHandler;
  readonly #readSlab = new Uint8Array(readSlabBytes);
  /** Frames for the device are `[head, tail)`. */
  readonly #queue = new Uint8Array(queueLimitBytes);
  #head = 0;
  #tail = 0;
  /** The device said EAGAIN. */
  #blocked = false;
  #held = false;

  constructor(device: PacketDevice, turn: FlushScheduler, onBurst: BurstHandler) {
    super(turn);
    this.device = device;
    this.#onBurst = onBurst;
    this.#source = new PauseCounter(
      () => {
        this.#held = true;
        device.pause();
      },
      () => {
        this.#held = false;
        if (!device.closed) device.resume();
      },
    );
  }

  start(onError: (error: Error) => void): void {
    this.device.start({
      onReadable: () => this.#drain(),
      onWritable: () => {
        this.#blocked = false;
        this.writeOut();
      },
      onError,
    });
  }

  override get queuedBytes(): number {
    return this.#tail - this.#head;
  }

  protected override take(buf: Uint8Array, off: number, end: number): void {
    if (this.#tail + (end - off) > this.#queue.length) {
      this.#queue.copyWithin(0, this.#head, this.#tail);
      this.#tail -= this.#head;
      this.#head = 0;
    }
    this.#queue.set(buf.subarray(off, end), this.#tail);
    this.#tail += end - off;
    if (this.queuedBytes >= writeAtBytes) this.writeOut();
  }

  protected override writeOut(): void {
    if (this.#blocked || this.#head === this.#tail || this.device.closed) return;
    this.#head += this.device.writeBatch(this.#queue, this.#head, this.#tail);
    if (this.#head === this.#tail) {
      this.#head = this.#tail = 0;
      this.relieve();
    } else {
      this.#blocked = true;
    }
  }

  #drain(): void {
    const slab = this.#readSlab;
    const last = slab.length - this.device.minReadSpace;
    for (let slabs = 0; slabs < maxSlabsPerTurn && !this.#held; slabs++) {
      let filled = 0;
      let count = 1;
      while (filled <= last && count > 0) {
        count = this.device.readBatch(slab, filled);
        filled += count;
      }
      if (filled > 0) this.#onBurst(this.#source, slab, 0, filled);
      if (count === 0) return;
    }
  }
}
