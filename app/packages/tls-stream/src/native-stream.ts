/** The stream on a native session. */
import { getSystemErrorName } from 'node:util';
import { endKind, sessionEvent, type NativeResult, type NativeSession } from './native.ts';
import { timeoutIn } from './ranges.ts';
import type { TlsCounters, TlsEnd, TlsHandlers, TlsStream } from './stream.ts';

const usualEndTimeoutMs = 5000;

export class NativeStream implements TlsStream {
  readonly protocol: string;
  readonly cipher: string;
  readonly chain: readonly Uint8Array[];
  readonly pin: string;
  readonly notYetValid: Date | undefined;
  #hasMore = false;
  #session: NativeSession | undefined;
  #handlers: TlsHandlers | undefined;
  #isPaused = true;
  #hasEnded = false;
  /** Not reported yet: there were no handlers. */
  #end: TlsEnd | undefined;
  #isScheduled = false;
  #endTimer: NodeJS.Timeout | undefined;
  readonly #counters = new Float64Array(7);
  /** For the addon, which takes bytes. */
  readonly #counterBytes = new Uint8Array(this.#counters.buffer);
  readonly #onTurn = (): void => {
    this.#isScheduled = false;
    if (this.#hasEnded || this.#end !== undefined) this.#finish();
    else this.#deliver();
  };

  constructor(session: NativeSession, result: NativeResult) {
    this.#session = session;
    this.protocol = result.protocol;
    this.cipher = result.cipher;
    this.chain = result.chain;
    this.pin = pinText(result.pin) ?? '';
    this.notYetValid = result.begins > 0 ? new Date(result.begins * 1000) : undefined;
  }

  get hasMore(): boolean {
    return this.#hasMore;
  }

  get counters(): TlsCounters {
    this.#count();
    const [bytesRead, bytesWritten, pendingBytes, recordsSent, recordsReceived, ours, theirs] = this
      .#counters as unknown as [number, number, number, number, number, number, number];
    return {
      ...{ bytesRead, bytesWritten, pendingBytes, recordsSent, recordsReceived },
      ...{ keyUpdatesSent: ours, keyUpdatesReceived: theirs },
    };
  }

  get pendingBytes(): number {
    this.#count();
    return this.#counters[2]!;
  }

  bytesAcknowledged(): number | undefined {
    const bytes = this.#session?.acknowledged();
    return bytes === undefined || bytes < 0 ? undefined : bytes;
  }

  start(handlers: TlsHandlers): void {
    this.#handlers ??= handlers;
    this.resume();
    if (this.#end !== undefined) this.#schedule();
  }

  /** What the native session reports. */
  onEvent(events: number): void {
    if ((events & sessionEvent.writable) !== 0) this.#handlers?.onWritable?.();
    if ((events & sessionEvent.drained) !== 0) this.#handlers?.onDrained?.();
    if ((events & sessionEvent.readable) !== 0) this.#deliver();
  }

  read(buffer: Uint8Array, offset = 0, end = buffer.length): number {
    const moved = this.#hasEnded ? undefined : this.#session?.read(buffer, offset, end);
    const length = this.#ended(moved);
    this.#hasMore = !this.#hasEnded && length > 0 && length === end - offset;
    return length;
  }

  write(buffer: Uint8Array, offset = 0, end = buffer.length): number {
    return this.#ended(this.#hasEnded ? undefined : this.#session?.write(buffer, offset, end));
  }

  pause(): void {
    this.#isPaused = true;
    this.#session?.setReading(false);
  }

  resume(): void {
    if (this.#handlers === undefined || this.#session === undefined) return;
    this.#isPaused = false;
    this.#session.setReading(true);
    if (this.#hasMore) this.#schedule();
  }

  updateKeys(): boolean {
    return this.#ended(this.#hasEnded ? undefined : this.#session?.updateKeys()) === 1;
  }

  end(timeoutMs = usualEndTimeoutMs): void {
    timeoutIn('timeoutMs', timeoutMs);
    if (this.#session === undefined || this.#endTimer !== undefined) return;
    this.#session.finish();
    this.#endTimer = setTimeout(
      () => this.#conclude({ kind: 'error', code: 'ETIMEDOUT' }),
      timeoutMs,
    );
  }

  close(): void {
    this.#release();
    this.#end = undefined;
  }

  #release(): void {
    this.#count();
    clearTimeout(this.#endTimer);
    this.#session?.close();
    this.#session = undefined;
    this.#handlers = undefined;
    this.#hasMore = false;
  }

  #count(): void {
    this.#session?.counters(this.#counterBytes);
  }

  #deliver(): void {
    if (this.#isPaused || this.#handlers === undefined) return;
    this.#handlers.onReadable();
    // What has been decrypted already wakes no watch of the descriptor.
    if (this.#hasMore && !this.#isPaused) this.#schedule();
  }

  /** What a native call has moved or done; schedules the last call when the session has ended. */
  #ended(moved: number | undefined): number {
    if (moved === undefined) return 0;
    if (moved >= 0) return moved;
    this.#hasEnded = true;
    this.#schedule();
    return -moved - 1;
  }

  /** On a turn of its own: never inside a call of the user's. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#onTurn);
  }

  #finish(): void {
    if (this.#end !== undefined) return this.#conclude(this.#end);
    const result = this.#session?.result();
    if (result !== undefined) this.#conclude(endOf(result));
  }

  #conclude(end: TlsEnd): void {
    const handlers = this.#handlers;
    this.#release();
    this.#end = handlers === undefined ? end : undefined;
    handlers?.onEnd(end);
  }
}

/** How a secure session ended. */
function endOf(result: NativeResult): TlsEnd {
  switch (result.end) {
    case endKind.closeNotify:
      return { kind: 'close-notify' };
    case endKind.cut:
      return { kind: 'cut' };
    case endKind.keysExhausted:
      return { kind: 'keys-exhausted' };
    default:
      return { kind: 'error', code: failureCode(result) };
  }
}

/** `"ERR_SSL_…"`, or the name of an errno; for a result without a reason EPROTO. */
export function failureCode({ code, errno }: NativeResult): string {
  if (code !== '') return code;
  return errno > 0 ? getSystemErrorName(-errno) : 'EPROTO';
}

export function pinText(pin: Uint8Array | undefined): string | undefined {
  return pin && Buffer.from(pin).toString('base64');
}
