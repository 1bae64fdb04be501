/**
 * What both ends of a handshake have in common. An end is a state machine: bytes and the time go in, and a step comes
 * out that says what to do. It has no socket and no clock; `now` is in milliseconds of any clock that does not go
 * backwards.
 */
import { XttError } from './errors.ts';
import { errorMessage } from './message.ts';
import { MessageReader } from './message-reader.ts';

/** Time for the whole handshake, unless the options say otherwise. A card's TPM needs some seconds of it to sign. */
export const defaultTimeoutMs = 30_000;

/** The longest delay of a timer: a driver waits for the deadline with one. */
const maxTimeoutMs = 2 ** 31 - 1;

/** Nothing to do until more bytes arrive, or the deadline passes. */
export interface WaitStep {
  readonly kind: 'wait';
}
export interface SendStep {
  readonly kind: 'send';
  readonly bytes: Uint8Array;
}
/** The handshake has failed. Send `bytes` unless there are none, then close the connection. */
export interface FailedStep {
  readonly kind: 'failed';
  readonly error: XttError;
  /** An XTT Error message. Empty when the peer sent one. */
  readonly bytes: Uint8Array;
}
/** The handshake ended before; what arrived is ignored. */
export interface EndedStep {
  readonly kind: 'ended';
}
export type CommonStep = WaitStep | FailedStep | EndedStep;

export abstract class HandshakeEnd<Step extends { readonly kind: string }> {
  protected readonly reader = new MessageReader();
  readonly #deadline: number;
  #hasEnded = false;

  /** Throws an XttError `usage` for a timeout that would never end the handshake, or end it at once. */
  constructor(timeoutMs: number, now: number) {
    requireTime(now);
    if (!(timeoutMs > 0 && timeoutMs <= maxTimeoutMs)) {
      const expected = `more than 0, at most ${maxTimeoutMs}`;
      throw new XttError('usage', `timeoutMs is ${timeoutMs}; expected ${expected}`);
    }
    this.#deadline = now + timeoutMs;
  }

  /** When to call `expire`; undefined after the end. */
  get deadline(): number | undefined {
    return this.#hasEnded ? undefined : this.#deadline;
  }

  /** Ends the handshake with the error `timeout` once the deadline has passed. */
  expire(now: number): CommonStep | Step {
    return this.run(now, () => ({ kind: 'wait' }));
  }

  /** Ends the handshake for a reason of the caller's. Returns the Error message to send; empty after the end. */
  abort(): Uint8Array {
    if (this.#hasEnded) return new Uint8Array(0);
    this.end();
    return errorMessage();
  }

  /** Erases the secrets. */
  protected abstract erase(): void;

  protected end(): void {
    this.#hasEnded = true;
    this.erase();
  }

  /**
   * Does one step. An XttError ends the handshake and becomes a step; a mistake of the caller, such as an error thrown
   * by a function of the options, ends it too and is thrown.
   */
  protected run(now: number, work: () => CommonStep | Step): CommonStep | Step {
    if (this.#hasEnded) return { kind: 'ended' };
    try {
      requireTime(now);
      if (now >= this.#deadline) throw new XttError('timeout', 'the XTT handshake took too long');
      return work();
    } catch (error) {
      this.end();
      if (!(error instanceof XttError) || error.code === 'usage') throw error;
      const bytes = error.code === 'peer-error' ? new Uint8Array(0) : errorMessage();
      return { kind: 'failed', error, bytes };
    }
  }
}

/** No comparison with NaN is true, so that a deadline would never pass. */
function requireTime(now: number): void {
  if (!Number.isFinite(now))
    throw new XttError('usage', `the time is ${now}; expected milliseconds`);
}
