/**
 * The host's end: makes the connections that a card asks for. Answers every message of the card exactly once, with the
 * id of the message, and a TRANSMIT only after its data were taken, which is the only flow control that cards of the C
 * system could have.
 */
import { maxAnswerCost } from './budget.ts';
import { encodeMessage } from './encode.ts';
import { opcode } from './header.ts';
import {
  family,
  protocol,
  socketType,
  type ConnectMessage,
  type HssMessage,
  type OpenMessage,
  type SocketAddress,
} from './message.ts';
import { resultCode } from './result-code.ts';
import { HssSession, type Windows } from './session.ts';
import type { HssSocket, SocketHandlers } from './socket.ts';

/** Called once: with success the socket can be written to, another code is passed on to the card. */
export type Answer = (result: number) => void;

export interface HostSessionOptions {
  /** Sockets that the card may have at a time. */
  readonly maxSockets: number;
  /** The card wants this connection. Later calls of `answer` may come after the card gave up; they do nothing then. */
  readonly onConnect: (to: SocketAddress, answer: Answer) => Connecting;
}

/** What the maker of connections gives the session. */
export interface Connecting extends SocketHandlers {
  /** The connection stands: `socket` is the card's end of it. */
  onEstablished(socket: HssSocket): void;
}

/** With a table of its own, because a socket has no handlers before CONNECT. */
interface Entry {
  connecting: Connecting | undefined;
}

/** Cards of the C system forget sockets without closing them. */
const idleMs = 10 * 60_000;

export class HostSession extends HssSession {
  readonly #options: HostSessionOptions;
  readonly #entries = new WeakMap<HssSocket, Entry>();

  constructor(options: HostSessionOptions) {
    super();
    this.#options = options;
  }

  /** A card was found; `windows` when it took the window request. */
  start(windows: Windows | undefined): void {
    this.stop();
    this.begin(windows);
  }

  /** The card is gone. */
  stop(): void {
    for (const socket of [...this.sockets.values()]) this.drop(socket, 'ENETDOWN', false);
    this.begin(undefined);
  }

  /** Also while answers wait for a card that does not read them. */
  override get isFull(): boolean {
    return super.isFull || this.outbox.cost > maxAnswerCost;
  }

  protected override onCommand(message: HssMessage): void {
    switch (message.kind) {
      case 'open':
        return this.#open(message);
      case 'connect':
        return this.#connect(message);
      case 'close': {
        const socket = this.sockets.get(message.socketId);
        if (!this.isWindowed) this.#answer(message, opcode.close, resultCode.success);
        if (socket === undefined) this.counters.unknownSocket++;
        else if (socket.state === 'established') this.closeReceived(socket);
        else this.drop(socket, 'ECONNABORTED', false);
        return;
      }
      case 'ack':
      case 'ackData':
      case 'transmit':
      case 'shutdown':
      case 'noOp':
        this.counters.unexpected++;
    }
  }

  protected override plainAllowance(wanted: number): number {
    return wanted;
  }

  protected override onPlainSent(): void {}

  protected override isPlainFlushed(): boolean {
    return true;
  }

  protected override onPlainConsumed(
    socket: HssSocket | undefined,
    socketId: number,
    messageId: number,
  ): void {
    const result = socket === undefined ? resultCode.notConnected : resultCode.success;
    this.#answer({ messageId, socketId }, opcode.transmit, result);
  }

  #open(message: OpenMessage): void {
    const id = message.handle;
    let result: number = resultCode.success;
    if (
      (message.family !== family.ipv4 && message.family !== family.ipv6) ||
      message.protocol !== protocol.tcp ||
      message.type !== socketType.stream
    ) {
      result = resultCode.invalid;
    } else if (this.sockets.has(id) || !this.#hasRoom()) {
      result = resultCode.hostError;
    }
    // The answer carries the new id, and not the 0 of the question.
    this.#answer({ messageId: message.messageId, socketId: id }, opcode.open, result);
    if (result !== resultCode.success) return;
    const entry: Entry = { connecting: undefined };
    const socket = this.add(id, {
      onData: (data, consumed) => {
        if (entry.connecting === undefined) consumed();
        else entry.connecting.onData(data, consumed);
      },
      onEnd: () => entry.connecting?.onEnd(),
      onClose: (errno) => entry.connecting?.onClose(errno),
    });
    this.#entries.set(socket, entry);
  }

  /**
   * Makes room where a socket failed, or was idle for long. Those that are gone count as long as their
   * last data wait for a server that does not take them.
   */
  #hasRoom(): boolean {
    const { maxSockets } = this.#options;
    if (this.#used < maxSockets) return true;
    const unused = [...this.sockets.values()].find(
      ({ state, heardAt }) => state === 'failed' || heardAt <= this.now - idleMs,
    );
    if (unused !== undefined) this.drop(unused, 'ETIMEDOUT', true);
    return this.#used < maxSockets;
  }

  get #used(): number {
    return this.sockets.size + this.drainingCount;
  }

  #connect(message: ConnectMessage): void {
    const socket = this.sockets.get(message.socketId);
    const entry = socket && this.#entries.get(socket);
    if (socket === undefined || entry === undefined || socket.state !== 'opening') {
      if (socket === undefined) this.counters.unknownSocket++;
      else this.counters.unexpected++;
      return this.#answer(message, opcode.connect, resultCode.hostError);
    }
    socket.state = 'connecting';
    const finish = (result: number): void => {
      if (socket.state !== 'connecting') return;
      // Data on another endpoint would overtake an answer that still waits, and the card would drop them.
      socket.isHeld = true;
      this.#answer(message, opcode.connect, result, () => {
        socket.isHeld = false;
        this.continueSending(socket);
      });
      if (result === resultCode.success) {
        this.establish(socket);
        entry.connecting?.onEstablished(socket);
      } else {
        // Stays until the card closes it; a second CONNECT is an error of the card.
        socket.state = 'failed';
        entry.connecting = undefined;
      }
    };
    let early: number | undefined;
    let hasReturned = false;
    const connecting = this.#options.onConnect(copyOf(message.to), (result) => {
      if (hasReturned) finish(result);
      else early ??= result;
    });
    hasReturned = true;
    entry.connecting = connecting;
    if (early !== undefined) finish(early);
  }

  #answer(
    to: { messageId: number; socketId: number },
    of: number,
    result: number,
    onTaken?: () => void,
  ): void {
    const { messageId, socketId } = to;
    const data = new Uint8Array(0);
    const message = encodeMessage({ kind: 'ack', messageId, socketId, of, result, data });
    this.outbox.put(message, onTaken === undefined ? {} : { onTaken });
  }
}

/** The message's address is a view of a buffer that is used again. */
function copyOf(to: SocketAddress): SocketAddress {
  return { ...to, address: to.address.slice() };
}
