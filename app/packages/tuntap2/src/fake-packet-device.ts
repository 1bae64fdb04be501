/**
 * A packet device in memory, for the tests of others. It keeps the contract of `device.ts`, so that code under test
 * cannot see the difference; the test plays the kernel: it injects packets, looks at what was sent, and makes the
 * device block or fail.
 *
 * Callbacks come at once from the test's own calls (`inject`, `unblock`, `fail`), so no test has to wait; after a call
 * of a device method (`start`, `resume`) they come in a microtask.
 */
import type { DeviceCounters, DeviceHandlers, PacketDevice } from './device.ts';
import { TuntapDeviceError } from './errors.ts';

const maxPacketsPerRead = 64;
const fakeMinReadSpace = 72 * 1024;

export interface FakeDeviceOptions {
  name?: string;
  index?: number;
}

export class FakeDevice implements PacketDevice {
  readonly name: string;
  readonly index: number;
  readonly minReadSpace = fakeMinReadSpace;
  readonly counters: DeviceCounters & { controlDropped: number } = {
    readPackets: 0,
    readBytes: 0,
    writtenPackets: 0,
    writtenBytes: 0,
    readMalformed: 0,
    writeRefused: 0,
    controlDropped: 0,
    kernelDropped: 0,
    queueDropped: 0,
    queueMarked: 0,
  };
  /** What went to the kernel, in order: packets; whole frames on an Ethernet device. */
  readonly sent: Uint8Array[] = [];
  /** Packets that the kernel refuses for their own sake. */
  refuses: (packet: Uint8Array) => boolean = () => false;

  readonly #incoming: Uint8Array[] = [];
  #handlers: DeviceHandlers | undefined;
  #isPaused = false;
  #isClosed = false;
  #hasFailed = false;
  #owesWritable = false;
  #room = Infinity;

  constructor(options: FakeDeviceOptions = {}) {
    this.name = options.name ?? 'fake0';
    this.index = options.index ?? 1;
  }

  // The kernel's side, for the test.

  /** The kernel has these packets for the reader (frames, on an Ethernet device). */
  inject(...packets: Uint8Array[]): void {
    this.#incoming.push(...packets.map((packet) => Uint8Array.from(packet)));
    this.poll();
  }

  /** Frames that wait to be read. */
  get waiting(): number {
    return this.#incoming.length;
  }

  /** Calls `onReadable` if something waits, as one turn of the loop does; again later, while that leads to reads. */
  poll(): void {
    if (this.#isPaused || !this.#isUsable || this.#incoming.length === 0) return;
    const before = this.#incoming.length;
    this.#handlers?.onReadable();
    if (this.#incoming.length < before) queueMicrotask(() => this.poll());
  }

  /** Takes `frames` more frames, then answers EAGAIN until `unblock`. */
  blockAfter(frames: number): void {
    this.#room = frames;
  }

  unblock(): void {
    this.#room = Infinity;
    if (!this.#owesWritable || !this.#isUsable) return;
    this.#owesWritable = false;
    this.#handlers?.onWritable?.();
  }

  /** The device fails, as when its interface is deleted. */
  fail(error?: Error): void {
    if (!this.#isUsable) return;
    this.#hasFailed = true;
    this.#handlers?.onError(
      error ??
        new TuntapDeviceError(`interface ${this.name} failed`, {
          errno: 'ENODEV',
          syscall: 'read',
          hint: 'the interface was deleted',
        }),
    );
  }

  // The device.

  get closed(): boolean {
    return this.#isClosed;
  }

  start(handlers: DeviceHandlers): void {
    if (this.#handlers || this.#isClosed) {
      throw new TuntapDeviceError(`cannot start ${this.name}`, {
        errno: this.#isClosed ? 'EBADF' : 'EALREADY',
        syscall: 'uv_poll_init',
      });
    }
    this.#handlers = handlers;
    queueMicrotask(() => this.poll());
  }

  readBatch(buf: Uint8Array, offset: number, most = Infinity): number {
    checkRange(buf, offset, buf.length);
    if (buf.length - offset < this.minReadSpace) {
      throw new RangeError('readBatch needs minReadSpace free bytes');
    }
    if (!this.#isUsable) return 0;
    let used = 0;
    for (let taken = 0; taken < maxPacketsPerRead && used < most; taken++) {
      const frame = this.#incoming[0];
      if (frame === undefined || buf.length - offset - used < 2 + frame.length) break;
      this.#incoming.shift();
      const packet = this.receive(frame);
      if (packet) used += putFrame(buf, offset + used, packet);
    }
    return used;
  }

  /** What is not for the link stays where it is. */
  gather(buf: Uint8Array, offset: number): number {
    checkRange(buf, offset, buf.length);
    if (!this.#isUsable) return 0;
    let used = 0;
    const kept: Uint8Array[] = [];
    for (const frame of this.#incoming.splice(0)) {
      const packet = this.isForLink(frame) ? this.receive(frame) : undefined;
      if (packet) used += putFrame(buf, offset + used, packet);
      else if (!this.isForLink(frame)) kept.push(frame);
    }
    this.#incoming.push(...kept);
    return used;
  }

  writeBatch(buf: Uint8Array, offset: number, end: number): number {
    checkRange(buf, offset, end);
    if (!this.#isUsable) return end - offset;
    let position = offset;
    while (position < end) {
      const start = position + 2;
      const next = start + (((buf[position] ?? 0) << 8) | (buf[position + 1] ?? 0));
      if (start > end || next > end) throw new RangeError('the burst ends inside a frame');
      const packet = Uint8Array.from(buf.subarray(start, next));
      const outcome = this.#transmit(packet);
      if (outcome === 'blocked') break;
      position = next;
    }
    return position - offset;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    queueMicrotask(() => this.poll());
  }

  close(): void {
    this.#isClosed = true;
  }

  /** One frame from the kernel: the packet for the burst, or nothing when it is counted or set aside. */
  protected receive(frame: Uint8Array): Uint8Array | undefined {
    const length = packetLength(frame);
    if (length === 0) {
      this.counters.readMalformed++;
      return undefined;
    }
    this.counters.readPackets++;
    this.counters.readBytes += length;
    return frame.subarray(0, length);
  }

  /** Whether `gather` takes this frame. */
  protected isForLink(frame: Uint8Array): boolean {
    return packetVersion(frame) === 6 && isMulticastOrLinkLocal(frame, 24);
  }

  /** What reaches the wire for a packet; nothing when it cannot be sent at all. */
  protected encapsulate(packet: Uint8Array): Uint8Array | undefined {
    return packetVersion(packet) === 0 ? undefined : packet;
  }

  #transmit(packet: Uint8Array): 'sent' | 'refused' | 'blocked' {
    const frame = this.refuses(packet) ? undefined : this.encapsulate(packet);
    if (frame === undefined) {
      this.counters.writeRefused++;
      return 'refused';
    }
    return this.send(frame, packet.length) ? 'sent' : 'blocked';
  }

  /** False when the device is blocked. Swallows everything once it is beyond use. */
  protected send(frame: Uint8Array, countedBytes: number): boolean {
    if (!this.#isUsable) return true;
    if (this.#room === 0) {
      this.#owesWritable = true;
      return false;
    }
    this.#room--;
    this.sent.push(frame);
    this.counters.writtenPackets++;
    this.counters.writtenBytes += countedBytes;
    return true;
  }

  get #isUsable(): boolean {
    return !this.#isClosed && !this.#hasFailed;
  }
}

export function isMulticastOrLinkLocal(data: Uint8Array, offset: number): boolean {
  const first = data[offset] ?? 0;
  return first === 0xff || (first === 0xfe && ((data[offset + 1] ?? 0) & 0xc0) === 0x80);
}

/** 4 or 6; 0 for what is not an IP packet. */
export function packetVersion(packet: Uint8Array): 0 | 4 | 6 {
  const version = (packet[0] ?? 0) >> 4;
  if (version === 6 && packet.length >= 40) return 6;
  return version === 4 && packet.length >= 20 ? 4 : 0;
}

function packetLength(data: Uint8Array): number {
  const at = (offset: number): number => ((data[offset] ?? 0) << 8) | (data[offset + 1] ?? 0);
  const version = packetVersion(data);
  const length = version === 6 ? 40 + at(4) : version === 4 ? at(2) : 0;
  return length <= data.length && length >= 20 ? length : 0;
}

/** Stores a frame with its length and returns the bytes used. */
export function putFrame(buf: Uint8Array, offset: number, packet: Uint8Array): number {
  buf[offset] = packet.length >> 8;
  buf[offset + 1] = packet.length & 0xff;
  buf.set(packet, offset + 2);
  return 2 + packet.length;
}

export function checkRange(buf: Uint8Array, offset: number, end: number): void {
  if (offset < 0 || offset > end || end > buf.length) {
    throw new RangeError('the range does not lie within the buffer');
  }
}
