/**
 * Host to tunnel: drains the device into a slab, filters it in place, and makes one TLS write of it without a copy.
 *
 * Two slabs, one being filled and one being written. While the tunnel has not taken a write, bursts gather in the other
 * slab; when that is full too, packets wait in the device's fair queue, which drops, as a router does. So the TLS
 * socket never holds more than one slab, and memory does not depend on the load. Nothing is allocated per packet. On a
 * slow path a slab counts as full much earlier, so that packets do not wait for seconds (`queue-limit.ts`).
 *
 * A tunnel that stands still must not silence the router on the link: while the device is not polled, `onBlocked` is
 * called again and again, and may take the host's questions to the router from the device with `gather`.
 */
import type { PacketDevice } from 'tuntap2';
import { InternalError } from '../../core/errors.ts';
import { elapsed, milliseconds, type Instant, type Clock } from '../../core/time.ts';
import { QueueLimit } from '../../tunnel/queue-limit.ts';
import type { SecureStream } from '../../uplink/secure-stream.ts';
import { frameHeaderLength, nextFrame } from '../../wire/frame-stream.ts';
import type { OutboundSorter } from './outbound-sorter.ts';

export type UplinkDevice = Pick<
  PacketDevice,
  'readBatch' | 'gather' | 'minReadSpace' | 'pause' | 'resume'
>;

export interface OutboundPathOptions {
  readonly device: UplinkDevice;
  readonly sorter: Pick<OutboundSorter, 'filter'>;
  /** A packet that passed the filter while there is no tunnel; valid during the call only. */
  readonly onNoTunnel: (buf: Uint8Array, packet: number, end: number, now: Instant) => void;
  /** Data was handed to the tunnel; once per write. */
  readonly onSent: () => void;
  /** The device has not been polled for a while, because the tunnel takes nothing. */
  readonly onBlocked: () => void;
  readonly clock: Clock;
  readonly slabBytes?: number;
}

/** Of each of the two slabs, and so the most that waits inside the TLS socket. */
export const outboundSlabBytes = 256 * 1024;

/** Longer than a fast tunnel's pauses, and short against the 100 ms in which the router should answer. */
const blockedInterval = milliseconds(10);

type Tunnel = Pick<SecureStream, 'write'>;

interface Slab {
  readonly bytes: Buffer;
  end: number;
}

export class OutboundPath {
  /** Packets that had no tunnel to go into. */
  droppedWithoutTunnel = 0;
  /** Packets for which the tunnel had no room. */
  droppedWhenFull = 0;

  readonly #device: UplinkDevice;
  readonly #sorter: OutboundPathOptions['sorter'];
  readonly #onNoTunnel: OutboundPathOptions['onNoTunnel'];
  readonly #onSent: () => void;
  readonly #onBlocked: () => void;
  readonly #clock: Clock;
  readonly #slabBytes: number;
  readonly #limit: QueueLimit;
  #filling: Slab;
  #spare: Slab | undefined;
  #tunnel: Tunnel | undefined;
  #onWritten: (() => void) | undefined;
  #isWriting = false;
  #writeStarted: Instant;
  /** Calls off the next `onBlocked`; undefined while the device is polled. */
  #blocked: (() => void) | undefined;
  #scratch: Buffer | undefined;

  constructor(options: OutboundPathOptions) {
    this.#device = options.device;
    this.#sorter = options.sorter;
    this.#onNoTunnel = options.onNoTunnel;
    this.#onSent = options.onSent;
    this.#onBlocked = options.onBlocked;
    this.#clock = options.clock;
    this.#slabBytes = options.slabBytes ?? outboundSlabBytes;
    if (this.#slabBytes < this.#device.minReadSpace) {
      throw new InternalError('a slab must hold what the device may read at once');
    }
    this.#limit = new QueueLimit({ most: this.#slabBytes });
    this.#filling = newSlab(this.#slabBytes);
    this.#writeStarted = this.#clock.now();
  }

  /** The device has packets: takes one batch and passes it on. The poll brings the next. */
  readable(): void {
    const slab = this.#filling;
    if (!this.#hasRoom(slab)) return this.#pause();
    const length = this.#device.readBatch(slab.bytes, slab.end, this.#limit.bytes - slab.end);
    slab.end = this.#sort(slab.bytes, slab.end, slab.end + length);
    this.#flush();
    if (!this.#hasRoom(this.#filling)) this.#pause();
  }

  /** Has the device keep its data in its own queue, and takes from it only the packets for the router. */
  gather(): void {
    const scratch = (this.#scratch ??= Buffer.allocUnsafeSlow(this.#device.minReadSpace));
    const length = this.#device.gather(scratch, 0);
    const end = this.#sort(scratch, 0, length);
    if (end > 0) this.forward(scratch.subarray(0, end));
  }

  /** Passes on frames that came another way and have been through the sorter. */
  forward(frames: Uint8Array): void {
    const slab = this.#filling;
    if (!this.#hasRoom(slab) || slab.end + frames.length > slab.bytes.length) {
      this.droppedWhenFull += frameCount(frames);
      return;
    }
    slab.bytes.set(frames, slab.end);
    slab.end += frames.length;
    this.#flush();
  }

  /** Sends a frame of ours before everything that still waits here. Only this class writes to the tunnel. */
  sendFirst(frame: Uint8Array): void {
    this.#tunnel?.write(frame);
  }

  /** From now on packets go into this tunnel. */
  attach(tunnel: Tunnel): void {
    this.#tunnel = tunnel;
    this.#limit.reset();
    // Bound to this tunnel: an answer that comes after its end must not be taken for one of the next.
    this.#onWritten = () => {
      if (this.#tunnel === tunnel) this.#written();
    };
  }

  /** Calls off what is scheduled; the device is the caller's. */
  close(): void {
    this.#blocked?.();
    this.#blocked = undefined;
  }

  /** No more tunnel. What it was still writing may be in use until it is destroyed, and is left to it. */
  detach(): void {
    this.#tunnel = undefined;
    this.#onWritten = undefined;
    if (this.#isWriting) this.#spare = undefined;
    this.#isWriting = false;
    this.#flush();
    this.#resume();
  }

  /** The clock is read once per burst, not per packet. */
  #sort(buf: Uint8Array, offset: number, end: number): number {
    return this.#sorter.filter(buf, offset, end, { mac: undefined, now: this.#clock.now() });
  }

  /** Writes what has gathered, unless a write is in progress: then its end does. */
  #flush(): void {
    const slab = this.#filling;
    if (this.#isWriting || slab.end === 0) return;
    if (this.#tunnel === undefined) return this.#refuse(slab);
    const next = this.#spare ?? newSlab(this.#slabBytes);
    this.#spare = slab;
    this.#filling = next;
    this.#isWriting = true;
    this.#writeStarted = this.#clock.now();
    const isTaken = this.#tunnel.write(slab.bytes.subarray(0, slab.end), this.#onWritten);
    if (isTaken) this.#taken();
    this.#onSent();
  }

  #written(): void {
    this.#taken();
    this.#flush();
    this.#resume();
  }

  /** The tunnel has taken the last write. */
  #taken(): void {
    if (this.#spare !== undefined) {
      this.#limit.written(this.#spare.end, elapsed(this.#writeStarted, this.#clock.now()));
      this.#spare.end = 0;
    }
    this.#isWriting = false;
  }

  #refuse(slab: Slab): void {
    const now = this.#clock.now();
    for (let at = 0; at < slab.end; at = nextFrame(slab.bytes, at)) {
      this.droppedWithoutTunnel++;
      this.#onNoTunnel(slab.bytes, at + frameHeaderLength, nextFrame(slab.bytes, at), now);
    }
    slab.end = 0;
  }

  #hasRoom(slab: Slab): boolean {
    return (
      slab.end < this.#limit.bytes && slab.bytes.length - slab.end >= this.#device.minReadSpace
    );
  }

  #pause(): void {
    if (this.#blocked !== undefined) return;
    this.#device.pause();
    this.#expectBlocked();
  }

  #expectBlocked(): void {
    this.#blocked = this.#clock.schedule(blockedInterval, () => {
      this.#expectBlocked();
      this.#onBlocked();
    });
  }

  #resume(): void {
    if (this.#blocked === undefined) return;
    this.#blocked();
    this.#blocked = undefined;
    this.#device.resume();
  }
}

function frameCount(frames: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < frames.length; at = nextFrame(frames, at)) count++;
  return count;
}

function newSlab(bytes: number): Slab {
  return { bytes: Buffer.allocUnsafeSlow(bytes), end: 0 };
}
