/**
 * Acknowledgements of data in a windowed session: how many bytes each socket's receiver has taken, joined until they
 * are sent. That is at the latest after a quarter of the window, so that the sender never waits, and after a second,
 * so that a sender sees that its data arrive, however slowly they do.
 */
import { headerLength, opcode, writeHeader, writeUint16, writeUint32 } from './header.ts';
import { resultCode } from './result-code.ts';
import type { HssSocket } from './socket.ts';

const messageBytes = headerLength + 7;
const delayMs = 1000;

export class Credits {
  /** Credits to send now. */
  readonly #due = new Set<HssSocket>();
  /** When the others are; in order of time. */
  readonly #later = new Map<HssSocket, number>();

  /** The receiver has taken so many bytes more; `window` is what we grant. */
  add(socket: HssSocket, bytes: number, window: number, now: number): void {
    socket.untoldBytes += bytes;
    if (this.#due.has(socket)) return;
    if (socket.untoldBytes >= window / 4) this.#makeDue(socket);
    else if (!this.#later.has(socket)) this.#later.set(socket, now + delayMs);
  }

  forget(socket: HssSocket): void {
    this.#due.delete(socket);
    this.#later.delete(socket);
  }

  clear(): void {
    this.#due.clear();
    this.#later.clear();
  }

  get deadline(): number | undefined {
    for (const at of this.#later.values()) return at;
    return undefined;
  }

  expire(now: number): void {
    for (const [socket, at] of this.#later) {
      if (at > now) return;
      this.#makeDue(socket);
    }
  }

  /** As many as fit, from the beginning of `into`; returns the offset behind. */
  fill(into: Uint8Array, limit: number, nextId: () => number): number {
    let at = 0;
    for (const socket of this.#due) {
      if (at + messageBytes > limit) break;
      writeHeader(into, at, opcode.ack, nextId(), socket.id, messageBytes - headerLength);
      writeUint16(into, at + headerLength, opcode.transmit);
      into[at + headerLength + 2] = resultCode.success;
      writeUint32(into, at + headerLength + 3, socket.untoldBytes);
      socket.untoldBytes = 0;
      this.#due.delete(socket);
      at += messageBytes;
    }
    return at;
  }

  #makeDue(socket: HssSocket): void {
    this.#later.delete(socket);
    this.#due.add(socket);
  }
}
