/**
 * Decides which events of a stream are logged: the first of a kind at once, the others of the following minute as one
 * count when the minute ends. A pure state machine; the caller owns the clock (milliseconds) and the timer.
 */

export interface RepeatedEvent<Tag> {
  /** Anything that the caller wants back beside the text, such as its level. */
  tag: Tag;
  text: string;
}

interface Window<Tag> {
  end: number;
  last: RepeatedEvent<Tag>;
  count: number;
}

export const repeatWindowMilliseconds = 60_000;

/** Kinds remembered at a time; beyond it the oldest is logged early. Bounds the memory whatever the texts are. */
export const maxRepeatWindows = 128;

export class RepeatFilter<Tag> {
  /** In order of their end, since all are equally long and a map keeps the order of insertion. */
  readonly #windows = new Map<string, Window<Tag>>();
  readonly #overflow: (RepeatedEvent<Tag> & { count: number })[] = [];

  /** True: log it now. False: it has been counted. */
  admit(key: string, event: RepeatedEvent<Tag>, now: number): boolean {
    const window = this.#windows.get(key);
    if (window !== undefined && now < window.end) {
      window.last = event;
      window.count++;
      return false;
    }
    if (window === undefined && this.#windows.size >= maxRepeatWindows) this.#evictOldest();
    this.#open(key, event, now);
    return true;
  }

  /** Events held back whose minute is over, to be logged once with their count. */
  expire(now: number): (RepeatedEvent<Tag> & { count: number })[] {
    const told = this.#overflow.splice(0);
    for (const [key, window] of this.#windows) {
      if (window.end > now) break;
      this.#windows.delete(key);
      if (window.count === 0) continue;
      told.push({ ...window.last, count: window.count });
      // Logging the count opens the next minute, or an endless stream would be logged twice a minute.
      if (now !== Infinity) this.#open(key, window.last, now);
    }
    return told;
  }

  /** When `expire` has something to do next. */
  get deadline(): number | undefined {
    for (const window of this.#windows.values()) return window.end;
    return undefined;
  }

  #open(key: string, event: RepeatedEvent<Tag>, now: number): void {
    this.#windows.delete(key);
    this.#windows.set(key, { end: now + repeatWindowMilliseconds, last: event, count: 0 });
  }

  #evictOldest(): void {
    for (const [key, { last, count }] of this.#windows) {
      this.#windows.delete(key);
      if (count > 0) this.#overflow.push({ ...last, count });
      return;
    }
  }
}
