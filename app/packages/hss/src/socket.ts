/**
 * One socket as an end of HSS sees it: what waits to be sent, how much may be sent, how far it has been closed. The
 * session owns it and moves it on; its user writes, ends and destroys it, and gets events through `SocketHandlers`.
 */

import { messageCost } from './budget.ts';
import { Inbox } from './inbox.ts';

export interface SocketHandlers {
  /** `consumed` must be called once, when the bytes are not needed any more; the view is invalid after that. */
  onData(data: Uint8Array, consumed: () => void): void;
  /** The other side sends no more. Sending may go on. */
  onEnd(): void;
  /** The socket is gone, with an errno when not in the normal way. Called once and last, unless it was destroyed. */
  onClose(errno: string | undefined): void;
}

export type SocketState = 'opening' | 'connecting' | 'established' | 'failed' | 'closed';

interface Piece {
  readonly bytes: Uint8Array;
  readonly done: () => void;
  at: number;
}

/** What a socket asks of the session that owns it. */
export interface SocketOwner {
  onWritten(socket: HssSocket): void;
  onDestroyed(socket: HssSocket): void;
  /** Received bytes are not needed any more, among them the ends of these messages. */
  onTaken(socket: HssSocket, bytes: number, messageIds: readonly number[]): void;
}

export class HssSocket {
  readonly id: number;
  readonly handlers: SocketHandlers;
  readonly #owner: SocketOwner;
  readonly #pieces: Piece[] = [];

  // For the session only, down to `take`.
  state: SocketState = 'opening';
  /** Bytes that the other side still takes. */
  credit = 0;
  /** Since when there is no credit; undefined while there is some. */
  outOfCreditSince: number | undefined;
  readonly inbox: Inbox;
  /** When the other side last sent something for it. */
  heardAt = 0;
  /** Consumed and not yet acknowledged to the other side. */
  untoldBytes = 0;
  /** Sends nothing yet. */
  isHeld = false;
  isEnding = false;
  isEndSent = false;
  hasPeerEnded = false;
  queuedBytes = 0;

  constructor(id: number, handlers: SocketHandlers, owner: SocketOwner) {
    this.id = id;
    this.handlers = handlers;
    this.#owner = owner;
    this.inbox = new Inbox({
      deliver: (data, consumed) => handlers.onData(data, consumed),
      taken: (bytes, messageIds) => owner.onTaken(this, bytes, messageIds),
    });
  }

  /** What waits to be sent; see budget.ts. */
  get queuedCost(): number {
    return this.queuedBytes + messageCost * this.#pieces.length;
  }

  /** Moves up to `count` of the waiting bytes to `into`; there are that many. */
  take(into: Uint8Array, offset: number, count: number): void {
    this.queuedBytes -= count;
    let at = offset;
    let left = count;
    while (left > 0) {
      const piece = this.#pieces[0]!;
      const size = Math.min(left, piece.bytes.length - piece.at);
      into.set(piece.bytes.subarray(piece.at, piece.at + size), at);
      piece.at += size;
      at += size;
      left -= size;
      if (piece.at === piece.bytes.length) {
        this.#pieces.shift();
        piece.done();
      }
    }
  }

  /** Its handlers are not called any more: what waits is dropped. */
  forget(): void {
    this.state = 'closed';
    this.#pieces.length = 0;
    this.queuedBytes = 0;
  }

  get isClosed(): boolean {
    return this.state === 'closed';
  }

  /** `done` says that the bytes have been copied and the next may come; never when the socket closes before. */
  write(bytes: Uint8Array, done: () => void): void {
    if (this.isClosed || this.isEnding) return;
    if (bytes.length === 0) return done();
    this.#pieces.push({ bytes, done, at: 0 });
    this.queuedBytes += bytes.length;
    this.#owner.onWritten(this);
  }

  /** No more will be written; what waits is sent first. */
  end(): void {
    if (this.isClosed || this.isEnding) return;
    this.isEnding = true;
    this.#owner.onWritten(this);
  }

  /** At once; what waits is lost. No handler is called any more. */
  destroy(): void {
    if (!this.isClosed) this.#owner.onDestroyed(this);
  }
}
