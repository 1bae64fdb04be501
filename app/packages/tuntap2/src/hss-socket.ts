/**
 * Sockets that the kernel of a USB device borrows from its host (AF_HSS of patched kernels): connect, send, receive,
 * shut down, and nothing else. The number of the family is the patch's choice, 45; since Linux 5.15 that is AF_MCTP,
 * which has datagram sockets only, while AF_HSS has none: so they are distinguished.
 *
 * Closing such a socket does not notify the host; shutting it down does, and is always done before.
 */
import { Duplex } from 'node:stream';
import { SocketError } from './errors.ts';
import {
  isFailure,
  socketError,
  sockets,
  type Failure,
  type NativeStream,
} from './native-sockets.ts';

export const defaultHssFamily = 45;

export interface ConnectHssOptions {
  /** IPv4 or IPv6 literal. */
  address: string;
  port: number;
  family?: number | undefined;
  timeoutMs: number;
  /** Aborting fails the attempt at once with `ECANCELED`; the kernel may go on trying for a while, unheard. */
  signal?: AbortSignal | undefined;
}

/** A connection over the host. */
export interface HssSocket extends Duplex {
  /**
   * Its descriptor, which it owns, and neither reads nor writes while it is not used as a stream. A duplicate may be
   * used in its place; then destroy it at the end of that, since closing a duplicate does not shut down.
   */
  readonly fd: number;
}

/** Why there can be no such socket; undefined when it may be tried. */
export function hssProblem(family = defaultHssFamily): string | undefined {
  const hasDatagrams = sockets().hasDatagrams(family);
  if (hasDatagrams === undefined) return `the kernel has no socket family ${family}`;
  return hasDatagrams ? `socket family ${family} is another one (AF_MCTP?)` : undefined;
}

/** Rejects with a `SocketError`. The descriptor never leaks. */
export function connectHss(options: ConnectHssOptions): Promise<HssSocket> {
  const { family = defaultHssFamily, address, port } = options;
  const other = hssProblem(family);
  if (other !== undefined) {
    const details = { errno: 'EAFNOSUPPORT', syscall: 'socket', hint: other };
    return Promise.reject(new SocketError(problemOf(address, port), details));
  }
  return connectFamily({ ...options, family });
}

/** The same without the check; for tests, which have no such family. */
export function connectFamily(options: ConnectHssOptions & { family: number }): Promise<HssSocket> {
  const { family, address, port, timeoutMs, signal } = options;
  const problem = problemOf(address, port);
  return new Promise((resolve, reject) => {
    const cancelled = (): void =>
      reject(
        new SocketError(problem, {
          errno: 'ECANCELED',
          syscall: 'connect',
          hint: 'the attempt was aborted',
          cause: signal?.reason,
        }),
      );
    if (signal?.aborted) return cancelled();
    signal?.addEventListener('abort', cancelled);
    const failure = sockets().connectFamily(family, address, port, timeoutMs, (result) => {
      signal?.removeEventListener('abort', cancelled);
      if (isFailure(result)) return reject(socketError(problem, result));
      const stream = new FamilySocket(sockets().adoptStream(result), result);
      const unusable = stream.start();
      if (unusable === undefined && !signal?.aborted) return resolve(stream);
      stream.destroy();
      if (unusable !== undefined) reject(socketError(problem, unusable));
    });
    if (failure !== undefined) {
      signal?.removeEventListener('abort', cancelled);
      reject(socketError(problem, failure));
    }
  });
}

function problemOf(address: string, port: number): string {
  return `cannot connect to ${address} port ${port} over the host's sockets`;
}

const bufferBytes = 64 * 1024;
const readable = 1;
const writable = 2;
const again = 11; // EAGAIN

/** One connection. Its end is the end of both directions: the family has no half-closed sockets. */
class FamilySocket extends Duplex implements HssSocket {
  readonly fd: number;
  readonly #native: NativeStream;
  readonly #buffer = new Uint8Array(bufferBytes);
  #isReading = false;
  #waiting: (() => void) | undefined;

  constructor(native: NativeStream, fd: number) {
    super({ allowHalfOpen: false });
    this.fd = fd;
    this.#native = native;
  }

  /** Call once. Why it cannot be used; an error event would come before anybody could listen. */
  start(): Failure | undefined {
    const failure = this.#native.start(
      this.#buffer,
      () => this.#read(),
      () => this.#waiting?.(),
    );
    if (failure === undefined) this.#watch();
    return failure;
  }

  override _read(): void {
    this.#isReading = true;
    this.#watch();
  }

  override _write(
    chunk: Uint8Array,
    _: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    const count = this.#native.write(chunk);
    if (!isFailure(count)) {
      if (count === chunk.length) return done();
      return this._write(chunk.subarray(count), _, done);
    }
    if (count.errno !== again) return done(failed(count));
    this.#waiting = () => {
      this.#waiting = undefined;
      this.#watch();
      this._write(chunk, _, done);
    };
    this.#watch();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#native.shutdown();
    this.#native.close();
    done(error);
  }

  #read(): void {
    if (!this.#isReading) return;
    const count = this.#native.read();
    if (isFailure(count)) {
      if (count.errno !== again) this.destroy(failed(count));
      return;
    }
    this.#isReading = count > 0 && this.push(Buffer.from(this.#buffer.subarray(0, count)));
    if (count === 0) this.push(null);
    this.#watch();
  }

  #watch(): void {
    if (this.destroyed) return;
    this.#native.watch((this.#isReading ? readable : 0) | (this.#waiting ? writable : 0));
  }
}

function failed(failure: Failure): SocketError {
  return socketError('the connection over the host failed', failure);
}
