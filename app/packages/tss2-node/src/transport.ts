/** The one method at the bottom: a whole command in, a whole response out. The tests put a fake in its place. */

export interface TransmitOptions {
  /** Gives the command up: the caller waits no longer. The TPM finishes what it has begun. */
  readonly signal?: AbortSignal | undefined;
  /** From the call to the answer, with the time in the queue. Infinity stands for 24 days, the longest of a timer. */
  readonly timeoutMs?: number | undefined;
  /** The command frees what a TPM has little of: it goes first, and a full queue has a place for it. */
  readonly isCleanup?: boolean | undefined;
  /** The response of a command that had been given up when it came. */
  readonly onLate?: ((response: Uint8Array) => void) | undefined;
}

export interface Transport {
  /** The time limit of a command that has none of its own; none if undefined. */
  readonly timeoutMs?: number | undefined;
  /** Rejects with a TpmError other than TpmResponseError: the code in the response is the caller's to read. */
  transmit(command: Uint8Array, options?: TransmitOptions): Promise<Uint8Array>;
  /** Commands that wait are refused; the one that runs is awaited for a moment. May be called twice. */
  close(): Promise<void>;
}
