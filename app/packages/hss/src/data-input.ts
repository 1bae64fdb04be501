/**
 * What the bulk endpoint brings: messages for the session, and data for the sockets that they belong to. Counts how
 * much of the data receivers have not consumed yet; a peer without windows is held back by that alone.
 */
import { maxPlainCost, messageCost } from './budget.ts';
import { ChunkHold } from './chunk-hold.ts';
import type { SessionCounters } from './counters.ts';
import type { HssSocket } from './socket.ts';
import { StreamReader } from './stream-reader.ts';

export interface DataInputOptions {
  readonly counters: SessionCounters;
  readonly socketOf: (id: number) => HssSocket | undefined;
  /** What this side takes per socket beyond what it has acknowledged; undefined: plain. */
  readonly ownWindow: () => number | undefined;
  readonly now: () => number;
  readonly onMessage: (bytes: Uint8Array) => void;
  /** The data of a message were consumed, or dropped if `socket` is undefined. Plain sessions only. */
  readonly onPlainConsumed: (socket: HssSocket | undefined, id: number, messageId: number) => void;
  /** So many bytes were consumed. Windowed sessions only. */
  readonly onWindowConsumed: (socket: HssSocket, bytes: number, window: number) => void;
  /** The peer has broken a rule. */
  readonly onViolation: (socket: HssSocket) => void;
  /** Bytes are missing, of whichever sockets. */
  readonly onLostSync: () => void;
}

export class DataInput {
  readonly #options: DataInputOptions;
  readonly #reader: StreamReader;
  #hold: ChunkHold | undefined;
  #unconsumedBytes = 0;
  /** Of a plain session; see `Inbox`. */
  #unconsumedMessages = 0;
  /** Removed sockets whose data are still needed. */
  readonly #draining = new Set<HssSocket>();

  constructor(options: DataInputOptions) {
    this.#options = options;
    this.#reader = new StreamReader({
      onMessage: options.onMessage,
      onData: (id, messageId, data, isLast) => this.#receive(id, messageId, data, isLast),
      onGarbage: (isLost) => this.#loseSync(isLost),
    });
  }

  /** Bytes that were received and are not yet consumed, those of sockets that are gone among them. */
  get unconsumedBytes(): number {
    return this.#unconsumedBytes;
  }

  /** So much of what a peer without windows has sent is still kept that nothing more is to be read from it. */
  get isFull(): boolean {
    return this.#unconsumedBytes + messageCost * this.#unconsumedMessages > maxPlainCost;
  }

  /** Sockets that are gone, but whose receivers have not taken all of their data yet. */
  get drainingCount(): number {
    return this.#draining.size;
  }

  /** A part of what the endpoint brought; `release` is called when the chunk is not needed any more. */
  push(chunk: Uint8Array, endsTransfer: boolean, release: () => void): void {
    const hold = new ChunkHold(release);
    this.#hold = hold;
    this.#reader.push(chunk, endsTransfer);
    this.#hold = undefined;
    hold.drop();
  }

  /** The next byte is the first of a message. */
  reset(): void {
    this.#reader.reset();
  }

  /** The socket is not one of the session any more. */
  removed(socket: HssSocket): void {
    if (socket.inbox.keptBytes > 0) this.#draining.add(socket);
  }

  /** A receiver has consumed bytes, the last of these messages among them. */
  taken(socket: HssSocket, bytes: number, messageIds: readonly number[]): void {
    const { socketOf, ownWindow, onPlainConsumed, onWindowConsumed } = this.#options;
    this.#unconsumedBytes -= bytes;
    this.#unconsumedMessages -= messageIds.length;
    if (socket.inbox.keptBytes === 0) this.#draining.delete(socket);
    // A closed socket, or one of an earlier session, is not acknowledged.
    if (socketOf(socket.id) !== socket) return;
    const window = ownWindow();
    if (window !== undefined) onWindowConsumed(socket, bytes, window);
    else for (const messageId of messageIds) onPlainConsumed(socket, socket.id, messageId);
  }

  #receive(id: number, messageId: number, data: Uint8Array, isLast: boolean): void {
    const { counters, socketOf, ownWindow, now, onPlainConsumed, onViolation } = this.#options;
    const socket = socketOf(id);
    const window = ownWindow();
    if (isLast) counters.messagesIn++;
    counters.bytesIn += data.length;
    const isAnswered = isLast && window === undefined;
    if (socket?.state !== 'established' || socket.hasPeerEnded) {
      counters.unknownSocket++;
      if (isAnswered) onPlainConsumed(undefined, id, messageId);
      return;
    }
    socket.heardAt = now();
    const unacknowledged = socket.inbox.keptBytes + socket.untoldBytes + data.length;
    if (window !== undefined && unacknowledged > window) {
      counters.overruns++;
      return onViolation(socket);
    }
    if (data.length === 0) {
      if (isAnswered) onPlainConsumed(socket, id, messageId);
      return;
    }
    this.#unconsumedBytes += data.length;
    if (isAnswered) this.#unconsumedMessages++;
    socket.inbox.put(data, isAnswered ? messageId : undefined, this.#hold!);
  }

  #loseSync(isLost: boolean): void {
    const { counters, onLostSync } = this.#options;
    if (!isLost) {
      counters.malformed++;
      return;
    }
    counters.lostSync++;
    onLostSync();
  }
}
