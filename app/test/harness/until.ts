/** Waiting for a condition by asking again and again, with a deadline and a message that says what was awaited. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EnfError } from '../../src/core/errors.ts';

export class DeadlinePassed extends EnfError {
  readonly code = 'DEADLINE';
}

/** Nothing yet: undefined or false. Anything else is the result. An exception ends the wait. */
export type Probe<T> = () => T | undefined | false | Promise<T | undefined | false>;

/** Deadlines are for machines that do nothing else; each is stretched by this. */
export const patience = Number(process.env.PATIENCE ?? 4);

const firstPauseMs = 10;
const longestPauseMs = 100;

export function until<T>(what: string, deadlineSeconds: number, probe: Probe<T>): Promise<T> {
  return untilExactly(what, deadlineSeconds * patience, probe);
}

/** With a deadline that is stretched already. */
export async function untilExactly<T>(
  what: string,
  deadlineSeconds: number,
  probe: Probe<T>,
): Promise<T> {
  const end = performance.now() + deadlineSeconds * 1000;
  for (let pause = firstPauseMs; ; pause = Math.min(pause * 1.5, longestPauseMs)) {
    const result = await probe();
    if (result !== undefined && result !== false) return result;
    if (performance.now() > end) {
      throw new DeadlinePassed(`waited ${deadlineSeconds} s in vain for ${what}`);
    }
    await sleep(pause);
  }
}
