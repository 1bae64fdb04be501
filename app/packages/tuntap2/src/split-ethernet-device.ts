/**
 * An Ethernet device made of three sockets on one interface: data, control frames from the known host, control frames
 * from anybody else. A router whose way out is full stops reading data; what the host asks of it must not wait, or be
 * lost, behind that data in the kernel's queue, nor behind a flood from others. So `pause` holds back data only,
 * control frames are announced by `onReadable` all the time, and the known host's come first.
 */
import type { DeviceCounters, DeviceHandlers, EthernetDevice } from './device.ts';
import type { KernelEthernetDevice } from './kernel-device.ts';

export interface EthernetShares {
  readonly data: KernelEthernetDevice;
  readonly knownControl: KernelEthernetDevice;
  readonly otherControl: KernelEthernetDevice;
}

export class SplitEthernetDevice implements EthernetDevice {
  readonly name: string;
  readonly index: number;
  readonly minReadSpace: number;
  readonly counters: Readonly<DeviceCounters & { controlDropped: number }>;
  readonly #data: KernelEthernetDevice;
  readonly #known: KernelEthernetDevice;
  readonly #others: KernelEthernetDevice;
  readonly #all: readonly KernelEthernetDevice[];
  /** The control sockets deliver no data: what is read lands in their queues. */
  readonly #scratch: Uint8Array;
  #knownMac: Uint8Array | undefined;

  /** The three are open on one interface, each with its share of the frames. */
  constructor({ data, knownControl, otherControl }: EthernetShares) {
    this.#data = data;
    this.#known = knownControl;
    this.#others = otherControl;
    // In the order of reading: frames from a MAC that is not the peer's come through the data socket and are set aside.
    this.#all = [knownControl, data, otherControl];
    this.name = data.name;
    this.index = data.index;
    this.minReadSpace = data.minReadSpace;
    this.counters = new SumOfCounters(data.counters, [
      knownControl.counters,
      otherControl.counters,
    ]);
    this.#scratch = new Uint8Array(knownControl.minReadSpace);
  }

  get mac(): Uint8Array {
    return this.#data.mac;
  }

  get closed(): boolean {
    return this.#data.closed;
  }

  start(handlers: DeviceHandlers): void {
    let hasFailed = false;
    const onError = (error: Error): void => {
      if (hasFailed) return; // every socket notices when their interface goes
      hasFailed = true;
      handlers.onError(error);
    };
    this.#data.start({
      onReadable: () => handlers.onReadable(),
      onWritable: () => handlers.onWritable?.(),
      onError,
    });
    for (const control of [this.#known, this.#others]) {
      control.start({
        onReadable: () => {
          control.readBatch(this.#scratch, 0);
          handlers.onReadable();
        },
        onError,
      });
    }
  }

  readBatch(buf: Uint8Array, offset: number, most?: number): number {
    return this.#data.readBatch(buf, offset, most);
  }

  gather(buf: Uint8Array, offset: number): number {
    return this.#data.gather(buf, offset);
  }

  writeBatch(buf: Uint8Array, offset: number, end: number): number {
    return this.#data.writeBatch(buf, offset, end);
  }

  sendFrame(frame: Uint8Array): boolean {
    return this.#data.sendFrame(frame);
  }

  readControl(buf: Uint8Array, offset: number): number {
    let end = offset;
    for (const device of this.#all) {
      if (end > offset && buf.length - end < leastControlSpace) break;
      end += device.readControl(buf, end);
    }
    return end - offset;
  }

  setPeer(mac: Uint8Array | undefined): void {
    this.#data.setPeer(mac);
  }

  setMac(mac: Uint8Array): void {
    for (const device of this.#all) device.setMac(mac);
  }

  /** A change costs three system calls. At each step of it every frame has a queue. */
  setKnown(mac: Uint8Array | undefined): boolean {
    if (isSameMac(mac, this.#knownMac)) return true;
    const isDone =
      this.#others.setKnown(undefined) && this.#known.setKnown(mac) && this.#others.setKnown(mac);
    if (isDone) this.#knownMac = mac?.slice();
    return isDone;
  }

  pause(): void {
    this.#data.pause();
  }

  resume(): void {
    this.#data.resume();
  }

  close(): void {
    for (const device of this.#all) device.close();
  }
}

function isSameMac(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.every((byte, i) => other[i] === byte);
}

/** What `readControl` of each needs. */
const leastControlSpace = 2050;

class SumOfCounters {
  readonly #data: KernelEthernetDevice['counters'];
  readonly #all: readonly KernelEthernetDevice['counters'][];

  constructor(
    data: KernelEthernetDevice['counters'],
    controls: readonly KernelEthernetDevice['counters'][],
  ) {
    this.#data = data;
    this.#all = [data, ...controls];
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
    return this.#all.reduce((sum, counters) => sum + counters.readMalformed, 0);
  }
  get kernelDropped(): number {
    return this.#all.reduce((sum, counters) => sum + counters.kernelDropped, 0);
  }
  get queueDropped(): number {
    return this.#data.queueDropped;
  }
  get queueMarked(): number {
    return this.#data.queueMarked;
  }
  get controlDropped(): number {
    return this.#all.reduce((sum, counters) => sum + counters.controlDropped, 0);
  }
}
