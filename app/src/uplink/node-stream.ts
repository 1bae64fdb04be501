/** A session of `node:tls` as the tunnel uses it. */
import type { Duplex } from 'node:stream';
import type { ReleaseChunk } from './chunk-memory.ts';
import type { SecureStream, StreamEnd, StreamHandlers } from './secure-stream.ts';

export interface NodeStreamOptions {
  /** After the handshake; nothing was read from it. */
  readonly session: Duplex;
  readonly agreed: string;
  /** See `close-notify.ts`. */
  readonly isClosedByServer: () => boolean;
  /** See `stream-progress.ts`. */
  readonly hasMoved: () => boolean;
  /** Bytes that the session has carried, of the direction with more. */
  readonly carriedBytes: () => number;
  /** Frees a chunk whose bytes were read; absent: the garbage collector does in its own time. */
  readonly release?: ReleaseChunk | undefined;
}

/**
 * 2^23 full records, a third of what AES-GCM may protect with one key (RFC 8446 section 5.5). `node:tls` keeps them.
 */
const wornBytes = 128 * 1024 ** 3;

/** Owns the session. */
export class NodeStream implements SecureStream {
  readonly library = 'node';
  readonly keyUpdates = undefined;
  readonly #options: NodeStreamOptions;
  readonly #session: Duplex;
  #handlers: StreamHandlers | undefined;
  /** Received; its first `#taken` bytes were read. The session is paused while it stays. */
  #chunk: Buffer | undefined;
  #taken = 0;
  #isPaused = false;
  #isScheduled = false;

  constructor(options: NodeStreamOptions) {
    this.#options = options;
    this.#session = options.session;
  }

  get agreed(): string {
    return this.#options.agreed;
  }

  start(handlers: StreamHandlers): void {
    const session = this.#session;
    this.#handlers = handlers;
    if (session.destroyed) {
      process.nextTick(() => this.#ended({ kind: 'cut' }));
      return;
    }
    session.on('error', (error: NodeJS.ErrnoException) =>
      this.#ended({ kind: 'error', code: error.code ?? error.message }),
    );
    session.once('end', () =>
      this.#ended({ kind: this.#options.isClosedByServer() ? 'close-notify' : 'cut' }),
    );
    session.once('close', () => this.#ended({ kind: 'cut' }));
    session.on('data', (chunk: Buffer) => this.#received(chunk));
  }

  read(buffer: Uint8Array, offset: number, end: number): number {
    const chunk = this.#chunk;
    if (chunk === undefined) return 0;
    const length = Math.min(end - offset, chunk.length - this.#taken);
    buffer.set(chunk.subarray(this.#taken, this.#taken + length), offset);
    this.#taken += length;
    if (this.#taken === chunk.length) {
      this.#chunk = undefined;
      this.#options.release?.(chunk);
    }
    return length;
  }

  get hasMore(): boolean {
    return this.#chunk !== undefined;
  }

  pause(): void {
    this.#isPaused = true;
    this.#session.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#chunk !== undefined) this.#schedule();
    else this.#session.resume();
  }

  /** Never true: the answer comes with the callback. */
  write(bytes: Uint8Array, onTaken?: () => void): boolean {
    this.#session.write(bytes, onTaken);
    return false;
  }

  get isWriting(): boolean {
    return this.#session.writableLength > 0;
  }

  hasMoved(): boolean {
    return this.#options.hasMoved();
  }

  areKeysWorn(): boolean {
    return this.#options.carriedBytes() >= wornBytes;
  }

  end(onClosed: () => void): void {
    const session = this.#session;
    this.#stop();
    if (session.closed) {
      process.nextTick(onClosed);
      return;
    }
    session.once('close', onClosed);
    session.end();
    session.resume();
  }

  close(): void {
    this.#stop();
    this.#session.destroy();
  }

  #stop(): void {
    this.#handlers = undefined;
    this.#chunk = undefined;
  }

  #ended(end: StreamEnd): void {
    const handlers = this.#handlers;
    this.#stop();
    handlers?.onEnd(end);
  }

  #received(chunk: Buffer): void {
    if (this.#handlers === undefined) return;
    this.#chunk = chunk;
    this.#taken = 0;
    this.#deliver();
  }

  #deliver(): void {
    this.#handlers?.onReadable();
    if (this.#chunk === undefined) return;
    this.#session.pause();
    if (!this.#isPaused) this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#isPaused) return;
      this.#deliver();
      if (this.#chunk === undefined && this.#handlers !== undefined && !this.#isPaused) {
        this.#session.resume();
      }
    });
  }
}
