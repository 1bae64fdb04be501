/**
 * A place where packets leave the router: a client or the TUN. It gathers frames during one turn of the event loop and
 * writes them at its end, at once.
 *
 * When its queue is long it holds back its senders. But only for a moment: an output that does not drain
 * in that time is slow, and then it loses packets rather than stop everybody else.
 */
import { frameHeaderLength, nextFrame, wholeFramesEnd } from '../../wire/frame-stream.ts';

/** Somewhere packets come from, able to stop for a while. Each `hold` is followed by one `release`. */
export interface Source {
  hold(): void;
  release(): void;
}

/** From here on the senders are held back. */
export const highWaterBytes = 256 * 1024;
/** Above this packets are dropped. A burst that begins just below the high-water mark still fits. */
export const queueLimitBytes = 512 * 1024;
const defaultPatienceMs = 20;

/** Longest packet that a client must accept; a longer one would end its session. */
const maxPacket = 0xffff;

export abstract class OutputQueue {
  /** Packets that found the queue full. */
  dropped = 0;
  readonly #turn: FlushScheduler;
  readonly #held = new Set<Source>();
  #patience: NodeJS.Timeout | undefined;
  #slow = false;
  #marked = false;

  constructor(turn: FlushScheduler) {
    this.#turn = turn;
  }

  /** Bytes that are waiting. */
  abstract get queuedBytes(): number;
  /** Takes frames for which there is room. */
  protected abstract take(buf: Uint8Array, off: number, end: number): void;
  /** Writes what was taken. */
  protected abstract writeOut(): void;

  /** Queues the whole frames in `buf[off, end)`; drops the last ones if they do not fit. Copies them. */
  send(buf: Uint8Array, off: number, end: number, source: Source | undefined): void {
    const room = queueLimitBytes - this.queuedBytes;
    let fits = end;
    if (end - off > room) {
      fits = wholeFramesEnd(buf, off, off + Math.max(0, room), maxPacket);
      this.dropped += countFrames(buf, fits, end);
    }
    if (fits > off) this.take(buf, off, fits);
    if (!this.#marked) {
      this.#marked = true;
      this.#turn.add(this);
    }
    if (source !== undefined && this.queuedBytes >= highWaterBytes) this.#hold(source);
  }

  /** Called at the end of the turn. */
  flush(): void {
    this.#marked = false;
    this.writeOut();
  }

  /** To be called when the queue has become short, or will never move again. */
  protected relieve(): void {
    this.#slow = false;
    this.#releaseAll();
  }

  #hold(source: Source): void {
    if (this.#slow || this.#held.has(source)) return;
    this.#held.add(source);
    source.hold();
    this.#patience ??= setTimeout(() => {
      this.#slow = true;
      this.#releaseAll();
    }, this.#turn.patienceMs);
  }

  #releaseAll(): void {
    clearTimeout(this.#patience);
    this.#patience = undefined;
    const held = [...this.#held];
    this.#held.clear();
    for (const source of held) source.release();
  }
}

/** Flushes every output that got something, once per turn of the event loop. */
export class FlushScheduler {
  /** How long a full output may hold back its senders. */
  readonly patienceMs: number;
  #outputs: OutputQueue[] = [];
  #scheduled = false;

  constructor(patienceMs = defaultPatienceMs) {
    this.patienceMs = patienceMs;
  }

  add(output: OutputQueue): void {
    this.#outputs.push(output);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      const outputs = this.#outputs;
      this.#outputs = [];
      this.#scheduled = false;
      for (const each of outputs) each.flush();
    });
  }
}

export function countFrames(buf: Uint8Array, off: number, end: number): number {
  let count = 0;
  for (let at = off; at + frameHeaderLength <= end; at = nextFrame(buf, at)) count++;
  return count;
}

/** Counts holds, so that a source waiting for two outputs goes on only after both let it. */
export class PauseCounter implements Source {
  readonly #stop: () => void;
  readonly #go: () => void;
  #count = 0;

  constructor(stop: () => void, go: () => void) {
    this.#stop = stop;
    this.#go = go;
  }

  hold(): void {
    if (this.#count++ === 0) this.#stop();
  }

  release(): void {
    if (--this.#count === 0) this.#go();
  }
}
