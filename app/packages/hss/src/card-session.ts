/**
 * The card's end: asks the host for connections and moves their data. Without a window at most 4096 bytes are
 * unacknowledged at a time, for all sockets together: a host of the C system drops silently what does not fit its ring
 * of 8192 bytes.
 */
import { addressFamily, encodeMessage } from './encode.ts';
import { headerLength, opcode } from './header.ts';
import { protocol, socketType, type AckMessage, type HssMessage } from './message.ts';
import type { SocketAddress } from './message.ts';
import { errnoOfResult, resultCode } from './result-code.ts';
import { HssSession } from './session.ts';
import type { HssSocket, SocketHandlers } from './socket.ts';

export interface ConnectHandlers extends SocketHandlers {
  /** From now on it can be written to. */
  onConnect(): void;
}

/** Where the session stands: no host, one that has said nothing yet, one that answers. */
export type HostPresence = 'unplugged' | 'silent' | 'answering';

interface Unacknowledged {
  readonly messageId: number;
  readonly socket: HssSocket;
  readonly bytes: number;
  readonly deadline: number;
}

const plainWindowBytes = 4096;
/** A host that has not accepted data for so long has lost them, or hangs. */
const stallMs = 30_000;

export class CardSession extends HssSession {
  readonly #wanted = new Map<HssSocket, { to: SocketAddress; handlers: ConnectHandlers }>();
  #unacknowledged: Unacknowledged[] = [];
  #unacknowledgedBytes = 0;
  #lastSocketId = 0;
  #presence: HostPresence = 'unplugged';
  readonly #onPresence: (presence: HostPresence) => void;

  /** `onPresence` is called when a host comes or goes, and when a host program begins, be it in place of another. */
  constructor(onPresence: (presence: HostPresence) => void = () => undefined) {
    super();
    this.#onPresence = onPresence;
  }

  get presence(): HostPresence {
    return this.#presence;
  }

  /** A host has configured the interface; it may or may not ask for a window then. */
  plugged(): void {
    this.#restart('silent', undefined);
  }

  unplugged(): void {
    this.#presence = 'unplugged';
    for (const socket of [...this.sockets.values()]) this.drop(socket, 'ENETDOWN', false);
    this.#wanted.clear();
    this.#forgetUnacknowledged();
    this.begin(undefined);
    this.#onPresence('unplugged');
  }

  /** Our own host side has begun, and grants `theirs` bytes per socket. */
  windowGranted(theirs: number, ours: number): void {
    this.#restart('answering', { ours, theirs });
  }

  /** The result may be destroyed at any time; it has no deadline of its own. */
  connect(to: SocketAddress, handlers: ConnectHandlers): HssSocket {
    do this.#lastSocketId = (this.#lastSocketId % 0xffff_ffff) + 1;
    while (this.sockets.has(this.#lastSocketId));
    const socket = this.add(this.#lastSocketId, handlers);
    this.#wanted.set(socket, { to, handlers });
    this.#open(socket, to);
    return socket;
  }

  /**
   * The deadline of a connection has passed. True when the host has not even acknowledged the request, which takes it
   * no time: then no psock-host serves us any more, and what the last one agreed to is void.
   */
  giveUp(socket: HssSocket): boolean {
    const isUnanswered = socket.state === 'opening';
    socket.destroy();
    this.#wanted.delete(socket);
    if (isUnanswered && this.#presence === 'answering') this.plugged();
    return isUnanswered;
  }

  override get deadline(): number | undefined {
    let at = Math.min(super.deadline ?? Infinity, this.#unacknowledged[0]?.deadline ?? Infinity);
    for (const socket of this.sockets.values())
      at = Math.min(at, windowedStall(socket) ?? Infinity);
    return at === Infinity ? undefined : at;
  }

  override expire(now: number): void {
    super.expire(now);
    const late = this.#unacknowledged
      .filter(({ deadline }) => deadline <= now)
      .map(({ socket }) => socket);
    for (const socket of this.sockets.values()) {
      if ((windowedStall(socket) ?? Infinity) <= now) late.push(socket);
    }
    for (const socket of new Set(late)) {
      this.counters.stalls++;
      this.drop(socket, 'ETIMEDOUT', true);
    }
  }

  protected override drop(socket: HssSocket, errno: string | undefined, tells: boolean): void {
    this.#wanted.delete(socket);
    super.drop(socket, errno, tells);
    this.#dropUnacknowledged();
  }

  protected override onCommand(message: HssMessage): void {
    if (this.#presence !== 'answering') {
      this.#presence = 'answering';
      this.#onPresence('answering');
    }
    const socket = this.sockets.get(message.socketId);
    if (message.kind === 'close') {
      if (socket === undefined) this.counters.unknownSocket++;
      else this.closeReceived(socket);
    } else if (message.kind === 'ack') {
      this.#acknowledged(socket, message);
    } else {
      this.counters.unexpected++;
    }
  }

  protected override plainAllowance(wanted: number): number {
    const room = plainWindowBytes - this.#unacknowledgedBytes - headerLength;
    // All or nothing: else the window would be cut into ever smaller pieces.
    return wanted <= room ? wanted : 0;
  }

  protected override onPlainSent(socket: HssSocket, messageId: number, length: number): void {
    const bytes = headerLength + length;
    this.#unacknowledged.push({ messageId, socket, bytes, deadline: this.now + stallMs });
    this.#unacknowledgedBytes += bytes;
  }

  protected override isPlainFlushed(socket: HssSocket): boolean {
    return !this.#unacknowledged.some((entry) => entry.socket === socket);
  }

  /** Hosts of the C system do not expect an answer. */
  protected override onPlainConsumed(): void {}

  #open(socket: HssSocket, to: SocketAddress): void {
    socket.state = 'opening';
    const message = encodeMessage({
      kind: 'open',
      messageId: this.nextMessageId(),
      socketId: 0,
      handle: socket.id,
      family: addressFamily(to),
      protocol: protocol.tcp,
      type: socketType.stream,
    });
    this.outbox.put(message, { socket, isOpen: true });
  }

  /** Who is not connected yet asks the new session; who was connected has lost the connection. */
  #restart(presence: HostPresence, windows: { ours: number; theirs: number } | undefined): void {
    this.#presence = presence;
    for (const socket of [...this.sockets.values()]) {
      if (socket.state === 'established') this.drop(socket, 'ECONNRESET', false);
    }
    this.#forgetUnacknowledged();
    this.begin(windows);
    for (const [socket, { to }] of this.#wanted) {
      if (socket.isClosed) this.#wanted.delete(socket);
      else this.#open(socket, to);
    }
    this.#onPresence(presence);
  }

  /** Matched by socket and opcode, as the C system does, except for data. */
  #acknowledged(socket: HssSocket | undefined, { of, result, messageId }: AckMessage): void {
    if (of === opcode.transmit) {
      const at = this.#unacknowledged.findIndex((entry) => entry.messageId === messageId);
      if (at < 0) {
        this.counters.unexpected++;
        return;
      }
      const [entry] = this.#unacknowledged.splice(at, 1);
      this.#unacknowledgedBytes -= entry!.bytes;
      this.continueSending(entry!.socket);
      return;
    }
    if (of === opcode.close) return;
    if (socket === undefined) {
      this.counters.unknownSocket++;
      return;
    }
    const isAwaited =
      (of === opcode.open && socket.state === 'opening') ||
      (of === opcode.connect && socket.state === 'connecting');
    const wanted = this.#wanted.get(socket);
    if (!isAwaited || wanted === undefined) {
      this.counters.unexpected++;
    } else if (result !== resultCode.success) {
      // A refused OPEN has made nothing that could be closed.
      this.drop(socket, errnoOfResult(result), of === opcode.connect);
    } else if (of === opcode.open) {
      socket.state = 'connecting';
      const { to } = wanted;
      const ids = { messageId: this.nextMessageId(), socketId: socket.id };
      this.outbox.put(encodeMessage({ kind: 'connect', ...ids, to }), { socket });
    } else {
      this.#wanted.delete(socket);
      this.establish(socket);
      wanted.handlers.onConnect();
    }
  }

  #dropUnacknowledged(): void {
    const isLive = ({ socket }: Unacknowledged): boolean => !socket.isClosed;
    if (this.#unacknowledged.every(isLive)) return;
    this.#unacknowledged = this.#unacknowledged.filter(isLive);
    this.#unacknowledgedBytes = this.#unacknowledged.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  #forgetUnacknowledged(): void {
    this.#unacknowledged = [];
    this.#unacknowledgedBytes = 0;
  }
}

/** When a socket that has something to send counts as stalled, because its window is full. */
function windowedStall({ outOfCreditSince, queuedBytes }: HssSocket): number | undefined {
  if (outOfCreditSince === undefined || queuedBytes === 0) return undefined;
  return outOfCreditSince + stallMs;
}
