/** Numbers that a timer or the addon would take for others: those that are not finite, too large or negative. */
import { TlsOptionError } from './errors.ts';

/** Above it a timer of Node.js expires at once. */
const longestTimeoutMs = 2 ** 31 - 1;

/**
 * Returns `value`, or throws a TlsOptionError for anything but an integer of the range. `what` it is, of the option.
 */
export function integerIn(
  [option, what]: readonly [option: string, what: string],
  value: number,
  [least, most]: readonly [least: number, most: number],
): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  return refuse(option, `${what}: expected an integer from ${least} to ${most}, found ${value}`);
}

/** Milliseconds for a timer; fractions are allowed. */
export function timeoutIn(option: string, value: number): number {
  if (value >= 0 && value <= longestTimeoutMs) return value;
  return refuse(option, `expected 0 to ${longestTimeoutMs} ms, found ${value}`);
}

function refuse(option: string, problem: string): never {
  throw new TlsOptionError(option, problem, 'ERR_INVALID_ARG_VALUE');
}
