/**
 * Whether a connection still moves what it was given, however slowly. A TCP connection takes more only as the other end
 * acknowledges, and the socket of psockd only as psockd reads, so bytes that leave a full queue show that the way is
 * alive.
 *
 * Node.js counts what it was given, and keeps the rest that the kernel has not taken in `writeQueueSize` of the handle,
 * by which its own socket timeout (`net.Socket.setTimeout`) distinguishes progress from a standstill.
 */
import type { Duplex } from 'node:stream';

export interface Queue {
  /** Bytes that the kernel, or the kernel of the other end, has taken since the start. */
  readonly taken: number;
  /** Bytes that it has no room for yet. */
  readonly waiting: number;
}

export class StreamProgress {
  readonly #queue: () => Queue | undefined;
  #marked: Queue | undefined;

  /** `queue`: of the connection below TLS; undefined where nothing is counted. */
  constructor(queue: () => Queue | undefined) {
    this.#queue = queue;
  }

  /**
   * Whether bytes have left a full queue since the last call, which this call becomes. False where nothing is counted.
   */
  hasMoved(): boolean {
    const before = this.#marked;
    const now = this.#queue();
    this.#marked = now;
    if (before === undefined || now === undefined) return false;
    // Into a kernel that has room, bytes disappear also when the way is dead.
    return before.waiting > 0 && now.taken > before.taken;
  }
}

/** Of a socket of Node.js; undefined for another stream. */
export function queueOf(stream: Duplex): Queue | undefined {
  const { bytesWritten, _handle: handle } = stream as CountingStream;
  const waiting = handle?.writeQueueSize;
  if (typeof bytesWritten !== 'number' || typeof waiting !== 'number') return undefined;
  return { taken: bytesWritten - waiting, waiting };
}

/** Of the direction with more; 0 for a stream that does not count. */
export function carriedBytes(stream: Duplex): number {
  const { bytesRead, bytesWritten } = stream as CountingStream;
  const [read, written] = [bytesRead, bytesWritten].map((count) => Number(count ?? 0));
  return Math.max(read!, written!);
}

/** What sockets of Node.js have besides a stream's members. */
interface CountingStream {
  readonly bytesRead?: unknown;
  readonly bytesWritten?: unknown;
  readonly _handle?: { readonly writeQueueSize?: unknown } | null;
}
