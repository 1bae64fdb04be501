/**
 * Durations and instants as types of their own, so that a bare number is never taken for one.
 * Both are milliseconds; an instant is on the monotonic clock and has no relation to the time of day.
 */

declare const durationUnit: unique symbol;
declare const instantUnit: unique symbol;

/** A length of time in milliseconds. */
export type Duration = number & { readonly [durationUnit]: 'ms' };

/**
 * A point on the monotonic clock in milliseconds. State machines take it as a parameter and return it as a deadline.
 */
export type Instant = number & { readonly [instantUnit]: 'ms' };

export function milliseconds(value: number): Duration {
  return value as Duration;
}

export function seconds(value: number): Duration {
  return (value * 1000) as Duration;
}

/** For clocks and tests, the only places where an instant is made from a number. */
export function instant(value: number): Instant {
  return value as Instant;
}

export function after(start: Instant, wait: Duration): Instant {
  return (start + wait) as Instant;
}

/** Time from `start` to `end`; negative when `end` is earlier. */
export function elapsed(start: Instant, end: Instant): Duration {
  return (end - start) as Duration;
}

/** The earlier of two deadlines, of which either may be absent. */
export function earliest(a: Instant | undefined, b: Instant | undefined): Instant | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  return a < b ? a : b;
}

/** The monotonic clock and a way to be called back, or stand-ins for them. */
export interface Clock {
  now(): Instant;
  /** Returns the way to call it off. */
  schedule(wait: Duration, callback: () => void): () => void;
}
