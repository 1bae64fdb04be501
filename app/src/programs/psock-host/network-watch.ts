/**
 * Watches the network of this machine and calls back after changes: soon after the first one, and then a few times a
 * second at most, however much the kernel reports. The messages of the kernel are not read, so lost ones cost nothing
 * but a further look. If the kernel cannot be watched, the looks are repeated after a while.
 */
import { milliseconds, type Clock, type Duration } from '../../core/time.ts';
import { systemClock } from '../../platform/deadline-timer.ts';
import { RouteGroup, RouteNetlink, TuntapError } from 'tuntap2';

export interface NetworkWatchOptions {
  /** Looks; returns after how many milliseconds to look again though nothing changes, if at all. */
  readonly look: () => number | undefined;
  /** Opens the kernel's messages; returns the way to close them. Throws a TuntapError. */
  readonly open?: OpenMessages;
  readonly clock?: Clock;
}

export type OpenMessages = (onChange: () => void, onFailure: () => void) => () => void;

/** One change comes as several messages, within less. */
const settleTime = milliseconds(50);
const betweenLooks = milliseconds(250);
/** Between two attempts to watch the kernel, and between the looks that stand in for that. */
const betweenAttempts = milliseconds(5000);

export class NetworkWatch {
  readonly #look: () => number | undefined;
  readonly #open: OpenMessages;
  #closeMessages: (() => void) | undefined;
  readonly #clock: Clock;
  #cancelLook: (() => void) | undefined;
  #dueAt = Infinity;
  #lookedAt = -Infinity;
  #cancelRetry: (() => void) | undefined;
  #isClosed = false;

  constructor({ look, open = openKernelMessages, clock = systemClock }: NetworkWatchOptions) {
    this.#look = look;
    this.#open = open;
    this.#clock = clock;
  }

  start(): void {
    if (this.#isClosed) return;
    try {
      this.#closeMessages = this.#open(
        () => this.#schedule(settleTime),
        () => this.#reopen(),
      );
    } catch (error) {
      if (!(error instanceof TuntapError)) throw error;
      this.#reopen();
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelLook?.();
    this.#cancelRetry?.();
    this.#closeMessages?.();
  }

  #reopen(): void {
    this.#closeMessages?.();
    this.#closeMessages = undefined;
    this.#schedule(settleTime);
    this.#cancelRetry?.();
    this.#cancelRetry = this.#clock.schedule(betweenAttempts, () => this.start());
  }

  #schedule(wait: Duration): void {
    const now = this.#clock.now();
    const at = Math.max(now + wait, this.#lookedAt + betweenLooks);
    if (this.#isClosed || at >= this.#dueAt) return;
    this.#cancelLook?.();
    this.#dueAt = at;
    this.#cancelLook = this.#clock.schedule(milliseconds(at - now), () => {
      this.#dueAt = Infinity;
      this.#lookedAt = this.#clock.now();
      const again = this.#look();
      if (again !== undefined) this.#schedule(milliseconds(again));
    });
  }
}

const openKernelMessages: OpenMessages = (onChange, onFailure) => {
  const netlink = new RouteNetlink({ groups: RouteGroup.all });
  netlink.start({ onMessages: onChange, onOverflow: onChange, onError: onFailure });
  return () => netlink.close();
};
