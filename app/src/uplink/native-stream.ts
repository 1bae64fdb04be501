/**
 * A session of `tls-stream` as the tunnel uses it.
 *
 * A write counts as taken when the kernel has all of it, and not when it is encrypted: what waits encrypted is a queue
 * like any other, and the limit of queues (`tunnel/queue-limit.ts`) must see it.
 */
import type { TlsEnd, TlsStream } from 'tls-stream';
import type { SecureStream, StreamEnd, StreamHandlers } from './secure-stream.ts';
import { StreamProgress } from './stream-progress.ts';

interface Write {
  readonly bytes: Uint8Array;
  /** How much was encrypted. */
  taken: number;
  readonly onTaken: (() => void) | undefined;
}

/** One burst, and the heartbeats behind it: of more than that, which no answer needs, none is kept. */
const mostWrites = 64;
/**
 * The addon changes keys after 2^23 records (`KeyLimits`) and ends the session after twice as many. So many without a
 * change: TLS 1.2, which has no such thing, or a server that does not change its own.
 */
const wornRecords = 3 * 2 ** 22;
/** What comes after the end of ours is read into this, and dropped. */
const dropBytes = 16 * 1024;

/** Owns the session. */
export class NativeStream implements SecureStream {
  readonly library = 'native';
  readonly #session: TlsStream;
  readonly #onClosed: () => void;
  readonly #progress: StreamProgress;
  #handlers: StreamHandlers | undefined;
  readonly #writes: Write[] = [];
  /** Calls back at the end that `end` has begun. */
  #ending: { readonly onClosed: () => void; isSent: boolean } | undefined;
  #isStarted = false;
  #isClosed = false;
  #dropped: Uint8Array | undefined;

  /** `onClosed`: the session has been closed, by whatever. */
  constructor(session: TlsStream, onClosed: () => void) {
    this.#session = session;
    this.#onClosed = onClosed;
    // While TCP repairs a loss, its kernel takes nothing for a long time, and its peer acknowledges what is repaired.
    this.#progress = new StreamProgress(() => ({
      taken: session.bytesAcknowledged() ?? session.counters.bytesWritten,
      waiting: session.pendingBytes,
    }));
  }

  get agreed(): string {
    return `${this.#session.protocol}, ${this.#session.cipher}`;
  }

  get keyUpdates(): number {
    const { keyUpdatesSent, keyUpdatesReceived } = this.#session.counters;
    return keyUpdatesSent + keyUpdatesReceived;
  }

  start(handlers: StreamHandlers): void {
    this.#handlers = handlers;
    this.#startSession();
  }

  read(buffer: Uint8Array, offset: number, end: number): number {
    return this.#session.read(buffer, offset, end);
  }

  get hasMore(): boolean {
    return this.#session.hasMore;
  }

  pause(): void {
    this.#session.pause();
  }

  resume(): void {
    this.#session.resume();
  }

  write(bytes: Uint8Array, onTaken?: () => void): boolean {
    if (this.#isClosed || this.#ending !== undefined) return false;
    const write: Write = { bytes, taken: 0, onTaken };
    if (this.#writes.length === 0 && this.#send(write)) return true;
    if (this.#writes.length < mostWrites || onTaken !== undefined) this.#writes.push(write);
    return false;
  }

  get isWriting(): boolean {
    return this.#writes.length > 0;
  }

  hasMoved(): boolean {
    return this.#progress.hasMoved();
  }

  areKeysWorn(): boolean {
    const { recordsSent, recordsReceived } = this.#session.counters;
    return Math.max(recordsSent, recordsReceived) >= wornRecords;
  }

  end(onClosed: () => void): void {
    this.#handlers = undefined;
    if (this.#isClosed) {
      setImmediate(onClosed);
      return;
    }
    this.#ending = { onClosed, isSent: false };
    this.#startSession();
    this.#session.resume();
    this.#endIfSent();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#handlers = undefined;
    this.#writes.length = 0;
    this.#session.close();
    this.#onClosed();
  }

  #startSession(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#session.start({
      onReadable: () => (this.#ending === undefined ? this.#handlers?.onReadable() : this.#drop()),
      onWritable: () => this.#continue(),
      onDrained: () => this.#continue(),
      onEnd: (end) => this.#ended(end),
    });
  }

  /** True when the kernel has all of it. */
  #send(write: Write): boolean {
    write.taken += this.#session.write(write.bytes, write.taken);
    return write.taken === write.bytes.length && this.#session.pendingBytes === 0;
  }

  #continue(): void {
    while (this.#writes.length > 0) {
      const [first] = this.#writes as [Write];
      if (!this.#send(first)) return;
      this.#writes.shift();
      if (this.#ending === undefined) first.onTaken?.();
    }
    this.#endIfSent();
  }

  #endIfSent(): void {
    if (this.#ending === undefined || this.#ending.isSent || this.#writes.length > 0) return;
    this.#ending.isSent = true;
    this.#session.end();
  }

  #drop(): void {
    const buffer = (this.#dropped ??= new Uint8Array(dropBytes));
    this.#session.read(buffer, 0, buffer.length);
  }

  #ended(end: TlsEnd): void {
    const handlers = this.#handlers;
    const ending = this.#ending;
    this.close();
    handlers?.onEnd(endOf(end));
    ending?.onClosed();
  }
}

function endOf(end: TlsEnd): StreamEnd {
  return end.kind === 'keys-exhausted' ? { kind: 'error', code: 'keys-exhausted' } : end;
}
