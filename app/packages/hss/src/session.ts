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
import { maxPlainCost, messageCost } from './budget.ts';
import { ChunkHold } from './chunk-hold.ts';
import { newCounters } from './counters.ts';
import { Credits } from './credits.ts';
import { DataOutput, smallestPacket } from './data-output.ts';
import { decodeMessage } from './decode.ts';
import { encodeMessage } from './encode.ts';
import { headerLength, opcode, readUint32, writeHeader } from './header.ts';
import type { AckMessage, HssMessage } from './message.ts';
import { Outbox } from './outbox.ts';
import { OutputTurn } from './output-turn.ts';
import { HssSocket, type SocketHandlers } from './socket.ts';
import { StreamReader } from './stream-reader.ts';

export interface Windows {
  /** What this side takes per socket, and what the other does. */
  readonly ours: number;
  readonly theirs: number;
}

/** Longest transfer that a peer without window takes whole. */
const maxPlainTransfer = 1023;
/** With no mutual order of commands and data, a CLOSE waits so long for data that left before it. */
const closeGraceMs = 50;

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
  readonly #closing = new Map<HssSocket, number>();
  readonly #reader: StreamReader;
  #hold: ChunkHold | undefined;
  #lastMessageId = 0;
  #unconsumedBytes = 0;
  /** Of a plain session; see `Inbox`. */
  #unconsumedMessages = 0;
  /** Removed sockets whose data are still needed. */
  readonly #draining = new Set<HssSocket>();

  constructor() {
    this.#reader = new StreamReader({
      onMessage: (bytes) => this.#receive(bytes, this.now),
      onData: (id, messageId, data, isLast) => this.#receiveData(id, messageId, data, isLast),
      onGarbage: (isLost) => this.#loseSync(isLost),
    });
  }

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
    return this.#unconsumedBytes;
  }

  /**
   * Nothing more is to be read from the other side: so much of what it sent is still kept. A windowed session needs no
   * such bound for data.
   */
  get isFull(): boolean {
    if (this.isWindowed) return false;
    return this.#unconsumedBytes + messageCost * this.#unconsumedMessages > maxPlainCost;
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
    const hold = new ChunkHold(release);
    this.#hold = hold;
    this.#reader.push(chunk, endsTransfer);
    this.#hold = undefined;
    hold.drop();
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
    const limit = into.length - headerLength - 1;
    let at = this.credits.fill(into, limit, this.nextMessageId);
    at = this.outbox.fill(into, at, limit);
    at = this.#sending.fill(into, at, limit);
    if (at > 0 && at % smallestPacket === 0) {
      writeHeader(into, at, opcode.noOp, 0, 0, 0);
      at += headerLength;
    }
    return at;
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
    // Insertion order is order of time.
    return earliest(first(this.#closing.values()), this.credits.deadline);
  }

  expire(now: number): void {
    this.now = now;
    this.credits.expire(now);
    for (const [socket, at] of this.#closing) {
      if (at > now) break;
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
    this.#reader.reset();
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
      onTaken: (from, bytes, messageIds) => this.#taken(from, bytes, messageIds),
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
    return this.#draining.size;
  }

  /** The other side has closed it. Without order between the endpoints its data may still be on their way. */
  protected closeReceived(socket: HssSocket): void {
    if (this.isWindowed) this.drop(socket, socket.hasPeerEnded ? undefined : 'ECONNRESET', false);
    else if (!this.#closing.has(socket)) this.#closing.set(socket, this.now + closeGraceMs);
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
    if (socket.inbox.keptBytes > 0) this.#draining.add(socket);
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
    if (this.isWindowed) this.#spendCredit(socket, length);
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

  #spendCredit(socket: HssSocket, length: number): void {
    socket.credit -= length;
    if (socket.credit === 0) socket.outOfCreditSince = this.now;
  }

  #takeCredit(socket: HssSocket | undefined, message: AckMessage): void {
    if (socket === undefined) return;
    const { theirs } = this.windows!;
    if (message.data.length >= 4) socket.credit += readUint32(message.data, 0);
    if (message.data.length < 4 || socket.credit > theirs) {
      this.counters.overruns++;
      return this.drop(socket, 'EPROTO', true);
    }
    if (socket.credit > 0) socket.outOfCreditSince = undefined;
    this.continueSending(socket);
  }

  #endOfPeer(socket: HssSocket): void {
    if (socket.hasPeerEnded) return;
    socket.hasPeerEnded = true;
    socket.inbox.flush();
    socket.handlers.onEnd();
  }

  #receiveData(id: number, messageId: number, data: Uint8Array, isLast: boolean): void {
    const socket = this.sockets.get(id);
    if (isLast) this.counters.messagesIn++;
    this.counters.bytesIn += data.length;
    if (socket?.state !== 'established' || socket.hasPeerEnded) {
      this.counters.unknownSocket++;
      if (isLast && !this.isWindowed) this.onPlainConsumed(undefined, id, messageId);
      return;
    }
    socket.heardAt = this.now;
    const { windows } = this;
    if (windows !== undefined) {
      const unacknowledged = socket.inbox.keptBytes + socket.untoldBytes + data.length;
      if (unacknowledged > windows.ours) {
        this.counters.overruns++;
        return this.drop(socket, 'EPROTO', true);
      }
    }
    const isAnswered = isLast && windows === undefined;
    if (data.length === 0) {
      if (isAnswered) this.onPlainConsumed(socket, id, messageId);
      return;
    }
    this.#unconsumedBytes += data.length;
    if (isAnswered) this.#unconsumedMessages++;
    socket.inbox.put(data, isAnswered ? messageId : undefined, this.#hold!);
  }

  #taken(socket: HssSocket, bytes: number, messageIds: readonly number[]): void {
    this.#unconsumedBytes -= bytes;
    this.#unconsumedMessages -= messageIds.length;
    if (socket.inbox.keptBytes === 0) this.#draining.delete(socket);
    this.output.request();
    // A closed socket, or one of an earlier session, is not acknowledged.
    if (this.sockets.get(socket.id) !== socket) return;
    if (this.windows !== undefined) this.credits.add(socket, bytes, this.windows.ours, this.now);
    else for (const messageId of messageIds) this.onPlainConsumed(socket, socket.id, messageId);
  }

  /** The lost bytes may belong to any stream: none may continue as if nothing were lost. */
  #loseSync(isLost: boolean): void {
    if (!isLost) {
      this.counters.malformed++;
      return;
    }
    this.counters.lostSync++;
    for (const socket of [...this.sockets.values()]) {
      if (socket.state === 'established') this.drop(socket, 'EPROTO', true);
    }
  }
}

function earliest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

function first<T>(values: Iterable<T>): T | undefined {
  for (const value of values) return value;
  return undefined;
}
