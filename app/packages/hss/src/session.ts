/**
 * What both ends of HSS have in common: sockets and their data over the pipes of one USB interface. A state machine:
 * the driver passes in what arrived and is called when something may have to be sent; it has no clock and makes no
 * system calls.
 *
 *   plain      what every peer understands: commands on the interrupt endpoints, one TRANSMIT per bulk transfer, which
 *              is shorter than 1024 bytes and never a multiple of a packet, so that no receiver waits for its end
 *   windowed   after the window request of our own host side: every message on the bulk endpoints, in order and many
 *              per transfer; data acknowledged by number of bytes, each side within the window of the other
 */
import { newCounters } from './counters.ts';
import { Credits } from './credits.ts';
import { DataInput } from './data-input.ts';
import { DataOutput } from './data-output.ts';
import { decodeMessage } from './decode.ts';
import { encodeMessage } from './encode.ts';
import { opcode } from './header.ts';
import type { AckMessage, HssMessage } from './message.ts';
import { Outbox } from './outbox.ts';
import { OutputTurn } from './output-turn.ts';
import { PeerCloses } from './peer-closes.ts';
import { returnCredit, spendCredit } from './send-window.ts';
import { HssSocket, type SocketHandlers } from './socket.ts';
import { fillTransfer, type Filler } from './windowed-transfer.ts';

export interface Windows {
  /** What this side takes per socket, and what the other does. */
  readonly ours: number;
  readonly theirs: number;
}

/** Longest transfer that a peer without window takes whole. */
const maxPlainTransfer = 1023;

export abstract class HssSession {
  readonly counters = newCounters();
  /** Called after everything that changes what may be sent or received, or the deadline. */
  readonly output = new OutputTurn();
  protected readonly sockets = new Map<number, HssSocket>();
  protected readonly outbox = new Outbox(() => this.output.request());
  protected readonly credits = new Credits();
  /** Undefined: plain. */
  protected windows: Windows | undefined;
  readonly #sending = new DataOutput({
    isWindowed: () => this.isWindowed,
    nextMessageId: () => this.nextMessageId(),
    plainAllowance: (wanted) => this.plainAllowance(wanted),
    onSent: (socket, messageId, length) => this.#sent(socket, messageId, length),
  });
  readonly #fillers: readonly Filler[] = [
    (into, _, limit) => this.credits.fill(into, limit, this.nextMessageId),
    (into, at, limit) => this.outbox.fill(into, at, limit),
    (into, at, limit) => this.#sending.fill(into, at, limit),
  ];
  readonly #receiving = new DataInput({
    counters: this.counters,
    socketOf: (id) => this.sockets.get(id),
    ownWindow: () => this.windows?.ours,
    now: () => this.now,
    onMessage: (bytes) => this.#receive(bytes, this.now),
    onPlainConsumed: (socket, id, messageId) => this.onPlainConsumed(socket, id, messageId),
    onWindowConsumed: (socket, bytes, window) => this.credits.add(socket, bytes, window, this.now),
    onViolation: (socket) => this.drop(socket, 'EPROTO', true),
    onLostSync: () => this.#loseSync(),
  });
  readonly #closing = new PeerCloses();
  #lastMessageId = 0;

  /** Of the event being handled; monotonic milliseconds. */
  protected now = 0;

  get isWindowed(): boolean {
    return this.windows !== undefined;
  }

  get socketCount(): number {
    return this.sockets.size;
  }

  /** Bytes that were received and are not yet consumed, those of sockets that are gone among them. */
  get unconsumedBytes(): number {
    return this.#receiving.unconsumedBytes;
  }

  /**
   * Nothing more is to be read from the other side: so much of what it sent is still kept. A windowed session needs no
   * such bound for data.
   */
  get isFull(): boolean {
    return !this.isWindowed && this.#receiving.isFull;
  }

  /** Commands that wait to be sent. */
  get waitingCommands(): number {
    return this.outbox.commandCount;
  }

  // What arrived.

  /** One transfer of the interrupt endpoint. */
  commandReceived(transfer: Uint8Array, now: number): void {
    this.#receive(transfer, now);
    this.output.request();
  }

  /** A part of what the bulk endpoint brought; `release` is called when the chunk is not needed any more. */
  bulkReceived(chunk: Uint8Array, endsTransfer: boolean, release: () => void, now: number): void {
    this.now = now;
    this.#receiving.push(chunk, endsTransfer, release);
    this.output.request();
  }

  // What is to be sent.

  nextCommand(): Uint8Array | undefined {
    return this.isWindowed ? undefined : this.outbox.shift();
  }

  /** Fills a transfer of at least 1 KiB, never up to its end; 0 when there is nothing to send now. */
  nextBulk(into: Uint8Array, now: number): number {
    this.now = now;
    if (!this.isWindowed)
      return this.#sending.fill(into, 0, Math.min(into.length, maxPlainTransfer));
    return fillTransfer(into, this.#fillers);
  }

  /**
   * Whether a transfer of this size is to be begun while another is under way. A windowed session waits for data enough
   * to fill it: what comes in small pieces then goes in few transfers, and is late by no more than one of them.
   */
  isWorthAnother(transferBytes: number): boolean {
    return !this.isWindowed || this.#sending.fills(transferBytes);
  }

  /** When `expire` is to be called. */
  get deadline(): number | undefined {
    return earliest(this.#closing.deadline, this.credits.deadline);
  }

  expire(now: number): void {
    this.now = now;
    this.credits.expire(now);
    for (const socket of this.#closing.ended(now)) {
      this.#endOfPeer(socket);
      this.drop(socket, undefined, false);
    }
    this.output.request();
  }

  // For the ends.

  protected abstract onCommand(message: HssMessage): void;
  /** Of up to `wanted` bytes of a plain session, how many may go in the next message. */
  protected abstract plainAllowance(wanted: number): number;
  protected abstract onPlainSent(socket: HssSocket, messageId: number, length: number): void;
  /** The data of a message were consumed, or dropped if `socket` is undefined. Plain sessions only. */
  protected abstract onPlainConsumed(socket: HssSocket | undefined, id: number, of: number): void;
  /** A plain socket has sent everything: may it be closed already? */
  protected abstract isPlainFlushed(socket: HssSocket): boolean;

  /** Starts over: nothing that was sent or received before counts. The ends deal with the sockets first. */
  protected begin(windows: Windows | undefined): void {
    this.windows = windows;
    this.outbox.clear();
    this.credits.clear();
    this.#sending.clear();
    this.#closing.clear();
    this.#receiving.reset();
    this.output.request();
  }

  protected readonly nextMessageId = (): number => {
    this.#lastMessageId = (this.#lastMessageId % 0xffff) + 1;
    return this.#lastMessageId;
  };

  protected add(id: number, handlers: SocketHandlers): HssSocket {
    const socket = new HssSocket(id, handlers, {
      onWritten: (written) => this.continueSending(written),
      onDestroyed: (destroyed) => this.#destroy(destroyed),
      onTaken: (from, bytes, messageIds) => {
        this.output.request();
        this.#receiving.taken(from, bytes, messageIds);
      },
    });
    socket.heardAt = this.now;
    this.sockets.set(id, socket);
    return socket;
  }

  protected establish(socket: HssSocket): void {
    socket.state = 'established';
    socket.credit = this.windows?.theirs ?? 0;
    this.continueSending(socket);
  }

  /** Whatever has changed for this socket: queues it, or its end. */
  protected continueSending(socket: HssSocket): void {
    this.#queue(socket);
    this.output.request();
  }

  #queue(socket: HssSocket): void {
    if (socket.state !== 'established' || socket.isHeld) return;
    if (socket.queuedBytes > 0) this.#sending.add(socket);
    else if (socket.isEnding && !socket.isEndSent) this.#sendEnd(socket);
  }

  protected drop(socket: HssSocket, errno: string | undefined, tellsPeer: boolean): void {
    if (!this.#remove(socket, tellsPeer)) return;
    socket.inbox.flush();
    socket.handlers.onClose(errno);
  }

  /** Sockets that are gone, but whose receivers have not taken all of their data yet. */
  protected get drainingCount(): number {
    return this.#receiving.drainingCount;
  }

  /** The other side has closed it. Without order between the endpoints its data may still be on their way. */
  protected closeReceived(socket: HssSocket): void {
    if (this.isWindowed) this.drop(socket, socket.hasPeerEnded ? undefined : 'ECONNRESET', false);
    else this.#closing.add(socket, this.now);
  }

  #destroy(socket: HssSocket): void {
    if (this.#remove(socket, true)) socket.inbox.discard();
  }

  #remove(socket: HssSocket, tellsPeer: boolean): boolean {
    if (this.sockets.get(socket.id) !== socket) return false;
    this.sockets.delete(socket.id);
    this.#sending.delete(socket);
    const isClosedByPeer = this.#closing.delete(socket);
    const isUnheard = this.outbox.forget(socket);
    this.credits.forget(socket);
    this.#receiving.removed(socket);
    socket.forget();
    if (tellsPeer && !isUnheard && !isClosedByPeer) this.#tell('close', socket);
    return true;
  }

  #tell(kind: 'close' | 'shutdown', { id }: HssSocket): void {
    const message = encodeMessage({ kind, messageId: this.nextMessageId(), socketId: id });
    this.outbox.put(message);
  }

  #sendEnd(socket: HssSocket): void {
    if (!this.isWindowed) {
      if (this.isPlainFlushed(socket)) this.drop(socket, undefined, true);
      return;
    }
    socket.isEndSent = true;
    // Also before a CLOSE: without it, a CLOSE says that the connection broke.
    this.#tell('shutdown', socket);
    if (socket.hasPeerEnded) this.drop(socket, undefined, true);
  }

  #sent(socket: HssSocket, messageId: number, length: number): void {
    this.counters.bytesOut += length;
    if (this.isWindowed) spendCredit(socket, length, this.now);
    else this.onPlainSent(socket, messageId, length);
    // The output is running: it takes what is left, or waits for room.
    this.#queue(socket);
  }

  #receive(bytes: Uint8Array, now: number): void {
    this.now = now;
    const message = decodeMessage(bytes);
    if (message.kind === 'malformed') {
      this.counters.malformed++;
      return;
    }
    this.counters.messagesIn++;
    const socket = this.sockets.get(message.socketId);
    if (socket !== undefined) socket.heardAt = now;
    if (message.kind === 'shutdown' && socket !== undefined) {
      this.#endOfPeer(socket);
      if (socket.isEndSent) this.drop(socket, undefined, true);
    } else if (message.kind === 'ack' && message.of === opcode.transmit && this.isWindowed) {
      this.#takeCredit(socket, message);
    } else if (message.kind === 'transmit') {
      // Data belong on the bulk endpoint.
      this.counters.unexpected++;
    } else if (message.kind !== 'noOp') {
      this.onCommand(message);
    }
  }

  #takeCredit(socket: HssSocket | undefined, message: AckMessage): void {
    if (socket === undefined) return;
    if (returnCredit(socket, message.data, this.windows!.theirs))
      return this.continueSending(socket);
    this.counters.overruns++;
    this.drop(socket, 'EPROTO', true);
  }

  #endOfPeer(socket: HssSocket): void {
    if (socket.hasPeerEnded) return;
    socket.hasPeerEnded = true;
    socket.inbox.flush();
    socket.handlers.onEnd();
  }

  /** The lost bytes may belong to any stream: none may continue as if nothing were lost. */
  #loseSync(): void {
    for (const socket of [...this.sockets.values()]) {
      if (socket.state === 'established') this.drop(socket, 'EPROTO', true);
    }
  }
}

function earliest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
