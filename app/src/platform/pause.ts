/** A wait on the clock of this machine, for programs that try something again. */
import type { Duration } from '../core/time.ts';
import { Waiting } from '../core/waiting.ts';
import { systemClock } from './deadline-timer.ts';

const never = new AbortController().signal;

/** Resolves after `wait`, or as soon as `signal` is aborted. */
export function pause(wait: Duration, signal: AbortSignal = never): Promise<void> {
  return new Waiting(systemClock).wait(wait, signal);
}
