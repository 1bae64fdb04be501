/**
 * Sockets that the other side has closed, in a session without an order between commands and data: what left before a
 * CLOSE may come after it, so the end waits a moment.
 */
import type { HssSocket } from './socket.ts';

const graceMs = 50;

export class PeerCloses {
  /** When each ends. Insertion order is order of time. */
  readonly #ends = new Map<HssSocket, number>();

  get deadline(): number | undefined {
    for (const end of this.#ends.values()) return end;
    return undefined;
  }

  add(socket: HssSocket, now: number): void {
    if (!this.#ends.has(socket)) this.#ends.set(socket, now + graceMs);
  }

  /** True if it was one of them. */
  delete(socket: HssSocket): boolean {
    return this.#ends.delete(socket);
  }

  clear(): void {
    this.#ends.clear();
  }

  /** Those whose time is over. What is deleted meanwhile is left out. */
  *ended(now: number): Iterable<HssSocket> {
    for (const [socket, end] of this.#ends) {
      if (end > now) return;
      yield socket;
    }
  }
}
