/**
 * One job at a time for a channel that takes no more, in the order of their arrival. A job that is given up while it
 * waits is never sent. One that is given up while the TPM works at it ends for its caller only: the channel stays busy
 * until the answer comes, which goes to `onLate`. The TPM itself does one thing at a time, and cannot be left alone
 * with a half-read answer; nothing cancels a command, because neither devices nor swtpm can.
 */
import {
  TpmCancelledError,
  TpmClosedError,
  TpmFormatError,
  TpmQueueFullError,
  TpmTimeoutError,
  type TpmError,
} from './errors.ts';
import { timerMs } from './time-limit.ts';
import type { TransmitOptions } from './transport.ts';

/** A job's result: a TSS2_RC, and the bytes that belong to it. */
export type JobDone = (code: number, output: Uint8Array) => void;

/** What the addon offers; `start` is called only after the former job is done. */
export interface Channel {
  start(operation: number, input: Uint8Array, done: JobDone): void;
  /** `done` comes when the running job has ended and everything is released. */
  close(done: () => void): void;
}

export interface JobResult {
  readonly code: number;
  readonly output: Uint8Array;
}

export interface QueueLimits {
  /** Jobs that wait, without the one that runs; as many cleanups may wait besides. */
  readonly maxQueued: number;
  /** For jobs without a time limit of their own. */
  readonly timeoutMs: number;
  /** How long `close` waits for a TPM that is at work. */
  readonly closeWaitMs: number;
}

/** No program waits for so many at once. */
const mostQueued = 65_536;

interface Job {
  readonly operation: number;
  readonly input: Uint8Array;
  readonly isCleanup: boolean;
  readonly onLate: ((output: Uint8Array) => void) | undefined;
  /** Settles the caller's promise; undefined after that. */
  settle: ((result: JobResult | TpmError) => void) | undefined;
}

export class CommandQueue {
  readonly #channel: Channel;
  readonly #limits: QueueLimits;
  readonly #waiting: Job[] = [];
  #running: Job | undefined;
  #closed: Promise<void> | undefined;

  constructor(channel: Channel, limits: QueueLimits) {
    const { maxQueued } = limits;
    if (!Number.isInteger(maxQueued) || maxQueued < 1 || maxQueued > mostQueued) {
      throw new TpmFormatError(`maxQueued: ${maxQueued} is not an integer from 1 to ${mostQueued}`);
    }
    this.#channel = channel;
    this.#limits = limits;
  }

  /** Zeroes the input after use, or when it refuses the job, because it may hold a secret. */
  async run(
    operation: number,
    input: Uint8Array,
    options: TransmitOptions = {},
  ): Promise<JobResult> {
    const { signal, timeoutMs = this.#limits.timeoutMs, onLate, isCleanup = false } = options;
    let limitMs: number;
    try {
      limitMs = timerMs(timeoutMs);
      this.#checkPlace(isCleanup, signal);
    } catch (error) {
      input.fill(0);
      throw error;
    }
    return new Promise((resolve, reject) => {
      const onAbort = () => this.#giveUp(job, (wasSent) => cancelled(wasSent, signal));
      const timer = setTimeout(
        () => this.#giveUp(job, (wasSent) => this.#timedOut(wasSent, timeoutMs)),
        limitMs,
      );
      const settle = (result: JobResult | TpmError) => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        if (result instanceof Error) reject(result);
        else resolve(result);
      };
      const job: Job = { operation, input, isCleanup, onLate, settle };
      signal?.addEventListener('abort', onAbort);
      if (isCleanup) this.#waiting.unshift(job);
      else this.#waiting.push(job);
      this.#next();
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  #close(): Promise<void> {
    for (const job of this.#waiting.splice(0)) {
      job.input.fill(0);
      settleOnce(job, new TpmClosedError('the connection was closed before the command was sent'));
    }
    const running = this.#running;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        if (running !== undefined) {
          const message = 'the connection was closed while the TPM was at work on the command';
          settleOnce(running, new TpmClosedError(message));
        }
        resolve();
      }, this.#limits.closeWaitMs);
      this.#channel.close(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #checkPlace(isCleanup: boolean, signal: AbortSignal | undefined): void {
    if (this.#closed !== undefined) throw new TpmClosedError('the connection has been closed');
    if (signal?.aborted) throw cancelled(false, signal);
    const waiting = this.#waiting.filter((job) => job.isCleanup === isCleanup).length;
    if (waiting >= this.#limits.maxQueued) {
      throw new TpmQueueFullError(
        `${this.#limits.maxQueued} commands are waiting already; await some of them first, or raise maxQueued`,
      );
    }
  }

  #next(): void {
    if (this.#running !== undefined) return;
    const job = this.#waiting.shift();
    if (job === undefined) return;
    this.#running = job;
    this.#channel.start(job.operation, job.input, (code, output) => {
      this.#running = undefined;
      job.input.fill(0);
      if (job.settle !== undefined) settleOnce(job, { code, output });
      else if (code === 0) job.onLate?.(output);
      this.#next();
    });
  }

  #giveUp(job: Job, error: (wasSent: boolean) => TpmError): void {
    const position = this.#waiting.indexOf(job);
    if (position >= 0) {
      this.#waiting.splice(position, 1);
      job.input.fill(0);
    }
    settleOnce(job, error(position < 0));
  }

  #timedOut(wasSent: boolean, timeoutMs: number): TpmTimeoutError {
    const problem = wasSent
      ? `the TPM has not answered within ${timeoutMs} ms; its answer is still awaited before the next command`
      : `the command waited for its turn longer than ${timeoutMs} ms, because the TPM is at work on an earlier one`;
    return new TpmTimeoutError(`${problem}; raise timeoutMs, or open another connection`, wasSent);
  }
}

function settleOnce(job: Job, result: JobResult | TpmError): void {
  const { settle } = job;
  job.settle = undefined;
  settle?.(result);
}

function cancelled(wasSent: boolean, signal: AbortSignal | undefined): TpmCancelledError {
  const message = wasSent
    ? 'the command was cancelled while the TPM was at work on it'
    : 'the command was cancelled before it was sent';
  return new TpmCancelledError(message, wasSent, signal?.reason);
}
