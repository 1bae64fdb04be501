/**
 * Sends a command again while the TPM answers that it could not start it yet (TPM_RC_RETRY, TPM_RC_YIELDED,
 * TPM_RC_TESTING), at growing distances and a bounded number of times.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { readResponseCode } from './codec/message.ts';
import { TpmCancelledError, TpmTimeoutError } from './errors.ts';
import { decodeResponseCode } from './response-code.ts';
import { timerMs } from './time-limit.ts';
import type { Transport, TransmitOptions } from './transport.ts';

export const maxAttempts = 12;
const firstDelayMs = 5;
const longestDelayMs = 1000;

/** The last response, whatever its code. The time limit, the transport's too, is one for all attempts together. */
export async function transmitWithRetry(
  transport: Transport,
  command: Uint8Array,
  options: TransmitOptions = {},
  wait: (ms: number, signal?: AbortSignal) => Promise<unknown> = defaultWait,
): Promise<Uint8Array> {
  const { signal, timeoutMs = transport.timeoutMs } = options;
  const deadline = timeoutMs === undefined ? Infinity : performance.now() + timerMs(timeoutMs);
  for (let attempt = 1; ; attempt++) {
    const timeLeft =
      deadline === Infinity ? undefined : Math.max(0, Math.ceil(deadline - performance.now()));
    const response = await transport.transmit(command, { ...options, timeoutMs: timeLeft });
    const isBusy = decodeResponseCode(readResponseCode(response)).retry === 'now';
    if (!isBusy || attempt === maxAttempts) return response;
    const delayMs = Math.min(firstDelayMs * 2 ** (attempt - 1), longestDelayMs);
    if (performance.now() + delayMs >= deadline) {
      throw new TpmTimeoutError(
        `the TPM was too busy to start the command for ${timeoutMs} ms`,
        true,
      );
    }
    try {
      await wait(delayMs, signal);
    } catch (reason) {
      if (!signal?.aborted) throw reason;
      const message = 'the command was cancelled while the TPM was too busy to start it';
      throw new TpmCancelledError(message, true, signal.reason);
    }
  }
}

function defaultWait(ms: number, signal?: AbortSignal): Promise<unknown> {
  return sleep(ms, undefined, signal === undefined ? {} : { signal });
}
