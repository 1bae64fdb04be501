/**
 * Two ends of HSS in one process. Time and luck are parameters: transfers are cut where USB may cut them, wait for a
 * random number of turns, and keep their order per endpoint but not between endpoints.
 */
import type { CardSession, HostSession, HssSession } from '../src/index.ts';

export interface CableOptions {
  /** Uniform in [0, below). */
  random: (below: number) => number;
  /** Size of the receivers' buffers: a transfer arrives in pieces of that size and ends with a shorter one. */
  pieceBytes?: number;
  transferBytes?: number;
  /** Changes, takes apart or drops (undefined) what the host sends. */
  faultyHost?: (
    bytes: Uint8Array,
    channel: Channel,
  ) => Uint8Array | readonly Uint8Array[] | undefined;
  /** Turns that what the host sends is on its way, at least. */
  hostDelay?: () => number;
}

export type Channel = 'command' | 'bulk';

interface Pipe {
  from: HssSession;
  to: HssSession;
  isFromHost: boolean;
  channel: Channel;
  queue: { bytes: Uint8Array; from: number }[];
}

export class Cable {
  now = 0;
  /** Of every transfer that was sent. */
  readonly bulkLengths: number[] = [];
  readonly #options: CableOptions;
  readonly #pipes: Pipe[];

  constructor(card: CardSession, host: HostSession, options: CableOptions) {
    this.#options = options;
    this.#pipes = (['command', 'bulk'] as const).flatMap((channel) => [
      { from: card, to: host, isFromHost: false, channel, queue: [] },
      { from: host, to: card, isFromHost: true, channel, queue: [] },
    ]);
  }

  /** Until nothing moves any more; a turn is a millisecond. */
  settle(maxTurns = 20_000): void {
    let quiet = 0;
    for (let turn = 0; quiet < 100; turn++) {
      if (turn > maxTurns) throw new RangeError(`still busy after ${maxTurns} turns`);
      quiet = this.turn() ? 0 : quiet + 1;
    }
  }

  turn(): boolean {
    this.now++;
    let hasMoved = false;
    for (const pipe of this.#pipes) {
      hasMoved = this.#send(pipe) || hasMoved;
      const next = pipe.queue[0];
      if (next && next.from <= this.now && this.#options.random(3) > 0) this.#deliver(pipe);
      hasMoved ||= pipe.queue.length > 0;
    }
    for (const { from } of this.#pipes) {
      if (from.deadline !== undefined && from.deadline <= this.now) from.expire(this.now);
    }
    return hasMoved;
  }

  /** What is under way is lost, as when the cable is pulled. */
  clear(): void {
    for (const pipe of this.#pipes) pipe.queue.length = 0;
  }

  #send(pipe: Pipe): boolean {
    if (pipe.queue.length >= 4) return true;
    const bytes = pipe.channel === 'command' ? pipe.from.nextCommand() : this.#bulk(pipe);
    if (bytes === undefined) return false;
    if (pipe.channel === 'bulk') this.bulkLengths.push(bytes.length);
    const { faultyHost, hostDelay } = this.#options;
    const arriving = pipe.isFromHost && faultyHost ? faultyHost(bytes, pipe.channel) : bytes;
    const from = this.now + (pipe.isFromHost ? (hostDelay?.() ?? 0) : 0);
    const parts = arriving instanceof Uint8Array ? [arriving] : (arriving ?? []);
    pipe.queue.push(...parts.map((part) => ({ bytes: part, from })));
    return true;
  }

  #bulk({ from }: Pipe): Uint8Array | undefined {
    const buffer = new Uint8Array(this.#options.transferBytes ?? 16384);
    const length = from.nextBulk(buffer, this.now);
    return length === 0 ? undefined : buffer.subarray(0, length);
  }

  #deliver({ to, channel, queue }: Pipe): void {
    const transfer = queue.shift()!.bytes;
    if (channel === 'command') return to.commandReceived(transfer, this.now);
    const size = this.#options.pieceBytes ?? 16384;
    for (let at = 0; at < transfer.length; at += size) {
      const piece = transfer.slice(at, at + size);
      // A piece that is read after its release holds something else.
      to.bulkReceived(piece, piece.length < size, () => piece.fill(0xee), this.now);
    }
  }
}

/** A small generator (xorshift32), so that a run can be repeated. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed | 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
