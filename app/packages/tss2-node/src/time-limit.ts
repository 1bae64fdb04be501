/** Time limits as timers take them. */
import { TpmFormatError } from './errors.ts';

/** The longest that setTimeout waits, 24 days; it fires at once for more. */
const longestTimerMs = 2 ** 31 - 1;

/** A limit that is longer than any timer, such as Infinity, becomes the longest; throws for NaN. */
export function timerMs(limitMs: number): number {
  if (Number.isNaN(limitMs)) throw new TpmFormatError('a time limit is not a number');
  return Math.min(Math.max(0, limitMs), longestTimerMs);
}
