/**
 * Tunnel to host: reads what TLS delivers into one slab, and once per turn of the event loop filters the whole frames
 * in place and makes one device write of them, since the device joins segments the better the more it gets at once.
 *
 * A frame cut by the end of the slab's bytes stays for the next turn. When the device takes no more, TLS is paused
 * until it does: the sender then slows down, and memory does not depend on the load.
 */
import type { PacketDevice } from 'tuntap2';
import type { BurstFilter } from '../../tunnel/burst-filter.ts';
import type { SecureStream } from '../../uplink/secure-stream.ts';
import {
  frameLength,
  isFrameTooLong,
  maxFramePayload,
  wholeFramesEnd,
} from '../../wire/frame-stream.ts';

export interface InboundPathOptions {
  readonly device: Pick<PacketDevice, 'writeBatch'>;
  readonly filter: BurstFilter;
  /** Bytes came from the tunnel; once per turn. */
  readonly onHeard: () => void;
  /** A frame is longer than any may be: the stream cannot be read on. Nothing more is delivered. */
  readonly onBadFrame: (length: number) => void;
  /** Calls back once, later in this turn of the event loop. */
  readonly schedule?: (callback: () => void) => void;
  readonly slabBytes?: number;
}

const inboundSlabBytes = 256 * 1024;
/** Read in one go; the next turn of the event loop brings the rest, and everything else has its turn before. */
const mostSlabsAtOnce = 4;

type Tunnel = Pick<SecureStream, 'read' | 'hasMore' | 'pause' | 'resume'>;

export class InboundPath {
  readonly #device: Pick<PacketDevice, 'writeBatch'>;
  readonly #filter: BurstFilter;
  readonly #onHeard: () => void;
  readonly #onBadFrame: (length: number) => void;
  readonly #schedule: (callback: () => void) => void;
  readonly #slab: Buffer;
  /** Filtered frames that the device has not taken yet: `slab[pendingStart, pendingEnd)`. */
  #pendingStart = 0;
  #pendingEnd = 0;
  /** Bytes not looked at yet: `slab[rawStart, rawEnd)`, behind the pending ones. */
  #rawStart = 0;
  #rawEnd = 0;
  #tunnel: Tunnel | undefined;
  #isScheduled = false;
  readonly #onTurn = (): void => {
    this.#isScheduled = false;
    this.deliver();
  };

  constructor(options: InboundPathOptions) {
    this.#device = options.device;
    this.#filter = options.filter;
    this.#onHeard = options.onHeard;
    this.#onBadFrame = options.onBadFrame;
    this.#schedule = options.schedule ?? ((callback) => setImmediate(callback));
    this.#slab = Buffer.allocUnsafeSlow(options.slabBytes ?? inboundSlabBytes);
  }

  /** Reads from this tunnel from now on. */
  attach(tunnel: Tunnel): void {
    this.#tunnel = tunnel;
  }

  /** The tunnel has something to read. What is read is delivered later in this turn, with all else that comes in it. */
  readable(): void {
    const tunnel = this.#tunnel;
    if (tunnel === undefined) return;
    for (let slabs = 0; slabs < mostSlabsAtOnce; slabs++) {
      if (this.#rawEnd === this.#slab.length) this.deliver();
      // The device takes nothing: the rest stays where it is.
      if (this.#tunnel !== tunnel || this.#rawEnd === this.#slab.length) return;
      this.#rawEnd += tunnel.read(this.#slab, this.#rawEnd, this.#slab.length);
      this.#scheduleTurn();
      if (!tunnel.hasMore) return;
    }
  }

  /** The tunnel has ended: whole frames still go to the host, and the rest is forgotten. */
  detach(): void {
    this.deliver();
    this.#tunnel = undefined;
    this.#rawStart = 0;
    this.#rawEnd = 0;
    this.#pendingStart = 0;
    this.#pendingEnd = 0;
  }

  /** The device takes packets again. */
  writable(): void {
    if (!this.#isBlocked) return;
    this.#write();
    if (this.#isBlocked) return;
    this.deliver();
    if (!this.#isBlocked) this.#tunnel?.resume();
  }

  get #isBlocked(): boolean {
    return this.#pendingStart < this.#pendingEnd;
  }

  #scheduleTurn(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#schedule(this.#onTurn);
  }

  /** Filters and writes the whole frames among the raw bytes. */
  deliver(): void {
    if (this.#isBlocked || this.#rawStart === this.#rawEnd) return;
    this.#onHeard();
    const slab = this.#slab;
    const wholeEnd = wholeFramesEnd(slab, this.#rawStart, this.#rawEnd, maxFramePayload);
    this.#pendingStart = this.#rawStart;
    this.#pendingEnd = this.#filter.filter(slab, this.#rawStart, wholeEnd);
    this.#rawStart = wholeEnd;
    this.#write();
    if (isFrameTooLong(slab, this.#rawStart, this.#rawEnd, maxFramePayload)) {
      this.#tunnel?.pause();
      this.#tunnel = undefined;
      const length = frameLength(slab, this.#rawStart);
      this.#rawEnd = this.#rawStart;
      this.#onBadFrame(length);
    }
  }

  #write(): void {
    this.#pendingStart += this.#device.writeBatch(this.#slab, this.#pendingStart, this.#pendingEnd);
    if (this.#isBlocked) {
      this.#tunnel?.pause();
      return;
    }
    // All is written: the beginning of the next frame moves to the front.
    if (this.#rawStart < this.#rawEnd) this.#slab.copyWithin(0, this.#rawStart, this.#rawEnd);
    this.#rawEnd -= this.#rawStart;
    this.#rawStart = 0;
    this.#pendingStart = 0;
    this.#pendingEnd = 0;
  }
}
