/**
 * AF_UNIX datagram sockets with descriptor passing (unix(7), SCM_RIGHTS), which Node.js lacks.
 * A name that starts with `@` is an abstract one. Credentials (SO_PASSCRED) and stream sockets are left out.
 */
import { constants } from 'node:os';
import type { SocketError } from './errors.ts';
import { isFailure, socketError, sockets, type NativeDatagram } from './native-sockets.ts';

export interface DatagramMessage {
  /** A copy: the receiver may keep it. */
  data: Uint8Array;
  /** Name the sender is bound to; empty when it has none. */
  from: string;
  /** Descriptors that came along, with close-on-exec set. The receiver owns them and must close them. */
  fds: number[];
}

/** Called on the loop thread, never from inside a call of a method. */
export interface DatagramHandlers {
  onMessage(message: DatagramMessage): void;
  /** A datagram was refused (EMSGSIZE: longer than 64 KiB; E2BIG: more descriptors than asked for); go on. */
  onRefused?(error: SocketError): void;
  /** Sending is possible again after `send` returned false. */
  onWritable?(): void;
  /** The socket failed and is closed. */
  onError(error: SocketError): void;
}

export interface SendOptions {
  /** Receiver; absent on a connected socket. */
  to?: string | undefined;
  /** Descriptors to pass; they stay the caller's own to close. At most `maxPassedFds`. */
  fds?: readonly number[] | undefined;
}

/** The kernel's limit per message (SCM_MAX_FD). */
export const maxPassedFds = 253;

const { errno } = constants;

/** A longer datagram is refused. */
const receiveBytes = 64 * 1024;

export class UnixDatagram {
  readonly #native: NativeDatagram;
  #closed = false;

  /** Throws a `SocketError`, like every method but `close`. */
  constructor() {
    const native = sockets().openDatagram();
    if (isFailure(native)) throw socketError('cannot open a datagram socket', native);
    this.#native = native;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Takes a name to be reached by. A path is not removed by `close`. */
  bind(name: string): void {
    const failure = this.#native.bind(name);
    if (failure) throw socketError(`cannot bind to ${name}`, failure);
  }

  /** Sets the receiver, and receives from it alone. */
  connect(name: string): void {
    const failure = this.#native.connect(name);
    if (failure) throw socketError(`cannot connect to ${name}`, failure);
  }

  /**
   * Sends one datagram at once. False when the receiver's queue is full: not sent. On a connected and started socket
   * `onWritable` follows; otherwise the kernel cannot report it, and the caller tries again later.
   */
  send(data: Uint8Array | string, options: SendOptions = {}): boolean {
    const { to = '', fds = [] } = options;
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
    const failure = this.#native.send(bytes, to, [...fds]);
    if (failure === undefined) return true;
    if (failure.errno === errno.EAGAIN) return false;
    throw socketError(to === '' ? 'cannot send a datagram' : `cannot send to ${to}`, failure);
  }

  /**
   * Receives from now on, and keeps the event loop alive until `close`. Call once. Descriptors are accepted only up
   * to `maxFds` per datagram, none by default; what comes beyond is closed and the datagram refused.
   */
  start(handlers: DatagramHandlers, options: { maxFds?: number | undefined } = {}): void {
    const buffer = new Uint8Array(receiveBytes);
    const failure = this.#native.start(
      buffer,
      (length, from, fds) => handlers.onMessage({ data: buffer.slice(0, length), from, fds }),
      (problem, isFatal) => {
        const error = socketError('cannot receive a datagram', problem);
        if (!isFatal) return handlers.onRefused?.(error);
        this.close();
        handlers.onError(error);
      },
      () => handlers.onWritable?.(),
      options.maxFds ?? 0,
    );
    if (failure) throw socketError('cannot receive datagrams', failure);
  }

  /** Idempotent; safe inside a callback; no callback comes after it. */
  close(): void {
    this.#closed = true;
    this.#native.close();
  }
}
