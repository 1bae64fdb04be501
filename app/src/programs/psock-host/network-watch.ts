/**
 * Notices that something about this machine's network has changed, and has it looked at: soon after the first change,
 * and then no more often than a few times a second, however much the kernel reports. What has changed is not read from
 * the messages; lost ones cost nothing but a look, and where the kernel cannot be watched it is looked at now and then.
 */
import { RouteGroup, RouteNetlink, TuntapError } from 'tuntap2';

export interface NetworkWatchOptions {
  /** Looks; returns after how many milliseconds to look again though nothing changes, if at all. */
  readonly look: () => number | undefined;
  /** Opens the kernel's messages; returns the way to close them. Throws a TuntapError. */
  readonly open?: OpenMessages;
}

export type OpenMessages = (onChange: () => void, onFailure: () => void) => () => void;

/** One change comes as several messages, within less. */
const settleMs = 50;
const pauseMs = 250;
/** Between two attempts to watch the kernel, and between the looks that stand in for that. */
const retryMs = 5000;

export class NetworkWatch {
  readonly #look: () => number | undefined;
  readonly #open: OpenMessages;
  #closeMessages: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Infinity;
  #lookedAt = -Infinity;
  #retry: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor({ look, open = openKernelMessages }: NetworkWatchOptions) {
    this.#look = look;
    this.#open = open;
  }

  start(): void {
    if (this.#isClosed) return;
    try {
      this.#closeMessages = this.#open(
        () => this.#schedule(settleMs),
        () => this.#reopen(),
      );
    } catch (error) {
      if (!(error instanceof TuntapError)) throw error;
      this.#reopen();
    }
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#retry);
    this.#closeMessages?.();
  }

  #reopen(): void {
    this.#closeMessages?.();
    this.#closeMessages = undefined;
    this.#schedule(settleMs);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.start(), retryMs);
  }

  #schedule(wait: number): void {
    const at = Math.max(performance.now() + wait, this.#lookedAt + pauseMs);
    if (this.#isClosed || at >= this.#dueAt) return;
    clearTimeout(this.#timer);
    this.#dueAt = at;
    this.#timer = setTimeout(() => {
      this.#dueAt = Infinity;
      this.#lookedAt = performance.now();
      const again = this.#look();
      if (again !== undefined) this.#schedule(again);
    }, at - performance.now());
  }
}

const openKernelMessages: OpenMessages = (onChange, onFailure) => {
  const netlink = new RouteNetlink({ groups: RouteGroup.all });
  netlink.start({ onMessages: onChange, onOverflow: onChange, onError: onFailure });
  return () => netlink.close();
};
