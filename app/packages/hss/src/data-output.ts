/**
 * The data that sockets have to send, in turn: each TRANSMIT takes what one socket may send, and that socket then
 * goes to the end of the line.
 */
import { headerLength, opcode, writeHeader } from './header.ts';
import type { HssSocket } from './socket.ts';
import { maxPayloadBytes } from './stream-reader.ts';

/** What the session decides about data that leave. */
export interface DataOutputRules {
  isWindowed(): boolean;
  nextMessageId(): number;
  /** Of up to `wanted` bytes of a plain session, how many may go in the next message. */
  plainAllowance(wanted: number): number;
  /** Called when a message has been written and its socket has left the queue. */
  onSent(socket: HssSocket, messageId: number, length: number): void;
}

/** The endpoints' packets are of 64, 512 or 1024 bytes: not a multiple of the first is none of any. */
export const smallestPacket = 64;
/** A smaller piece at the end of a transfer costs more than it brings. */
const fewBytes = 512;

export class DataOutput {
  readonly #rules: DataOutputRules;
  readonly #waiting = new Set<HssSocket>();

  constructor(rules: DataOutputRules) {
    this.#rules = rules;
  }

  /** Idempotent: a socket keeps its place. */
  add(socket: HssSocket): void {
    this.#waiting.add(socket);
  }

  delete(socket: HssSocket): void {
    this.#waiting.delete(socket);
  }

  clear(): void {
    this.#waiting.clear();
  }

  /** Whether data enough to fill a transfer of a windowed session wait, and may be sent. */
  fills(transferBytes: number): boolean {
    const wanted = transferBytes - headerLength - 1;
    let waiting = 0;
    for (const { queuedBytes, credit } of this.#waiting) {
      waiting += Math.min(queuedBytes, credit) + headerLength;
      if (waiting >= wanted) return true;
    }
    return false;
  }

  /** Writes messages from `start` up to `limit`, one in a plain session; returns where they end. */
  fill(into: Uint8Array, start: number, limit: number): number {
    const isWindowed = this.#rules.isWindowed();
    let at = start;
    let idle = 0;
    while (idle < this.#waiting.size && limit - at > headerLength) {
      const socket = first(this.#waiting)!;
      this.#waiting.delete(socket);
      const room = limit - at - headerLength;
      const length = this.#lengthOfNext(socket, room, isWindowed);
      if (length === 0) {
        this.#waiting.add(socket);
        idle++;
        continue;
      }
      if (at > start && length === room && room < fewBytes) {
        this.#waiting.add(socket);
        break;
      }
      idle = 0;
      const messageId = this.#rules.nextMessageId();
      writeHeader(into, at, opcode.transmit, messageId, socket.id, length);
      socket.take(into, at + headerLength, length);
      at += headerLength + length;
      this.#rules.onSent(socket, messageId, length);
      if (!isWindowed) break;
    }
    return at;
  }

  #lengthOfNext(socket: HssSocket, room: number, isWindowed: boolean): number {
    const wanted = Math.min(socket.queuedBytes, room, maxPayloadBytes);
    if (isWindowed) return Math.min(wanted, socket.credit);
    const length = this.#rules.plainAllowance(wanted);
    return length > 0 && (headerLength + length) % smallestPacket === 0 ? length - 1 : length;
  }
}

function first<T>(values: Iterable<T>): T | undefined {
  for (const value of values) return value;
  return undefined;
}
