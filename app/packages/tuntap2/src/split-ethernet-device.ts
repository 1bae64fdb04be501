/**
 * An Ethernet device made of two sockets on one interface: data and everything else. A router whose way out is full
 * stops reading data; what the host asks of it must not wait, or be lost, behind that data in the kernel's queue.
 * So `pause` holds back data only, and control frames are announced by `onReadable` all the time.
 */
import type { DeviceCounters, DeviceHandlers, EthernetDevice } from './device.ts';
import type { KernelEthernetDevice } from './kernel-device.ts';

export class SplitEthernetDevice implements EthernetDevice {
  readonly name: string;
  readonly index: number;
  readonly mac: Uint8Array;
  readonly minReadSpace: number;
  readonly counters: Readonly<DeviceCounters & { controlDropped: number }>;
  readonly #data: KernelEthernetDevice;
  readonly #control: KernelEthernetDevice;
  /** The control socket delivers no data: what is read lands in its queue. */
  readonly #scratch: Uint8Array;

  /** `data` and `control` are open on one interface, each with its share of the frames. */
  constructor(data: KernelEthernetDevice, control: KernelEthernetDevice) {
    this.#data = data;
    this.#control = control;
    this.name = data.name;
    this.index = data.index;
    this.mac = data.mac;
    this.minReadSpace = data.minReadSpace;
    this.counters = new SumOfCounters(data.counters, control.counters);
    this.#scratch = new Uint8Array(control.minReadSpace);
  }

  get closed(): boolean {
    return this.#data.closed;
  }

  start(handlers: DeviceHandlers): void {
    let hasFailed = false;
    const onError = (error: Error): void => {
      if (hasFailed) return; // both sockets notice when their interface goes
      hasFailed = true;
      handlers.onError(error);
    };
    this.#data.start({
      onReadable: () => handlers.onReadable(),
      onWritable: () => handlers.onWritable?.(),
      onError,
    });
    this.#control.start({
      onReadable: () => {
        this.#control.readBatch(this.#scratch, 0);
        handlers.onReadable();
      },
      onError,
    });
  }

  readBatch(buf: Uint8Array, offset: number): number {
    return this.#data.readBatch(buf, offset);
  }

  writeBatch(buf: Uint8Array, offset: number, end: number): number {
    return this.#data.writeBatch(buf, offset, end);
  }

  sendFrame(frame: Uint8Array): boolean {
    return this.#data.sendFrame(frame);
  }

  /** Frames from a MAC that is not the peer's come through the data socket and are set aside there. */
  readControl(buf: Uint8Array, offset: number): number {
    const length = this.#control.readControl(buf, offset);
    return length + this.#data.readControl(buf, offset + length);
  }

  setPeer(mac: Uint8Array | undefined): void {
    this.#data.setPeer(mac);
  }

  pause(): void {
    this.#data.pause();
  }

  resume(): void {
    this.#data.resume();
  }

  close(): void {
    this.#data.close();
    this.#control.close();
  }
}

class SumOfCounters {
  readonly #data: KernelEthernetDevice['counters'];
  readonly #control: KernelEthernetDevice['counters'];

  constructor(data: KernelEthernetDevice['counters'], control: KernelEthernetDevice['counters']) {
    this.#data = data;
    this.#control = control;
  }

  get readPackets(): number {
    return this.#data.readPackets;
  }
  get readBytes(): number {
    return this.#data.readBytes;
  }
  get writtenPackets(): number {
    return this.#data.writtenPackets;
  }
  get writtenBytes(): number {
    return this.#data.writtenBytes;
  }
  get writeRefused(): number {
    return this.#data.writeRefused;
  }
  get readMalformed(): number {
    return this.#data.readMalformed + this.#control.readMalformed;
  }
  get controlDropped(): number {
    return this.#data.controlDropped + this.#control.controlDropped;
  }
}
