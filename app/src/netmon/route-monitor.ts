/**
 * Notices that the way to the servers may have changed, that the cable of one interface was plugged or pulled, and that
 * something else about that interface is different.
 * The kernel reports one change as a volley of messages: after the first, the volley is given time to end, and then
 * reported once. What has changed is not looked at, only that something did; the service then asks the kernel itself.
 * So messages that were lost cost nothing but a look: after an overflow, and after a socket that failed was opened
 * again.
 */
import {
  getLink,
  parseRouteMessages,
  RouteGroup,
  RouteNetlink,
  TuntapError,
  type LinkInfo,
  type RouteEvent,
} from 'tuntap2';
import { Backoff } from '../core/backoff.ts';
import { milliseconds, seconds, type Clock } from '../core/time.ts';
import { bytesEqual } from '../wire/bytes.ts';

export interface RouteMonitorHandlers {
  /** Of the interface watched: reported at the start, and at each change. */
  carrierChanged(hasCarrier: boolean): void;
  /** The same for its MAC address, where it has one; before a carrier that comes with it. */
  macChanged(mac: Uint8Array): void;
  /** Of the interface watched: its addresses or its settings may be others than before. */
  linkChanged(): void;
  /** An address or route has changed, or another interface has. */
  routesChanged(): void;
  /** The kernel cannot be watched; it is tried again until it can. */
  failed(error: Error): void;
}

/** The kernel, or a stand-in for it. */
export interface RouteSource {
  /** Starts to report events; returns the way to stop. `lost`: events are missing. */
  watch(handlers: {
    events(events: readonly RouteEvent[]): void;
    lost(): void;
    failed(error: Error): void;
  }): () => void;
  /** The interface as it is now; undefined when it is gone. */
  link(interfaceIndex: number): WatchedLink | undefined;
}

export type WatchedLink = Pick<LinkInfo, 'carrier' | 'mac'>;

export interface RouteMonitorOptions {
  readonly source?: RouteSource;
  readonly clock: Pick<Clock, 'schedule'>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

const settleTime = milliseconds(200);
const firstRetry = seconds(1);
const longestRetry = seconds(60);

export class RouteMonitor {
  readonly #index: number;
  readonly #handlers: RouteMonitorHandlers;
  readonly #source: RouteSource;
  readonly #clock: RouteMonitorOptions['clock'];
  #stop: (() => void) | undefined;
  #settling: (() => void) | undefined;
  #settlingLink: (() => void) | undefined;
  #retrying: (() => void) | undefined;
  readonly #retry: Backoff;
  #hasCarrier: boolean | undefined;
  #mac: Uint8Array | undefined;

  constructor(
    interfaceIndex: number,
    handlers: RouteMonitorHandlers,
    options: RouteMonitorOptions,
  ) {
    this.#index = interfaceIndex;
    this.#handlers = handlers;
    this.#source = options.source ?? kernelRoutes;
    this.#clock = options.clock;
    const { random } = options;
    this.#retry = new Backoff({ first: firstRetry, longest: longestRetry, random });
  }

  /** Throws the socket library's error when the kernel cannot be watched. Call once. */
  start(): void {
    this.#watch();
    this.#askLink();
  }

  /** Idempotent. */
  close(): void {
    this.#retrying?.();
    this.#retrying = undefined;
    this.#settling?.();
    this.#settling = undefined;
    this.#settlingLink?.();
    this.#settlingLink = undefined;
    this.#stop?.();
    this.#stop = undefined;
  }

  #watch(): void {
    this.#stop = this.#source.watch({
      events: (events) => {
        this.#retry.reset();
        this.#look(events);
      },
      lost: () => this.#resync(),
      failed: (error) => this.#failed(error),
    });
  }

  /** Something was missed, and it is unknown what. */
  #resync(): void {
    try {
      this.#askLink();
      this.#settleLink();
      this.#settle();
    } catch (error) {
      if (!(error instanceof TuntapError)) throw error;
      this.#failed(error);
    }
  }

  #failed(error: Error): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#handlers.failed(error);
    this.#retrying = this.#clock.schedule(this.#retry.next(), () => this.#watchAgain());
  }

  #watchAgain(): void {
    this.#retrying = undefined;
    try {
      this.#watch();
    } catch (error) {
      if (!(error instanceof TuntapError)) throw error;
      return this.#failed(error);
    }
    this.#resync();
  }

  #look(events: readonly RouteEvent[]): void {
    for (const event of events) {
      if (event.kind === 'link' && event.link.index === this.#index) {
        this.#setLink(event.change === 'set' ? event.link : undefined);
        this.#settleLink();
      } else if (event.kind === 'address' && event.linkIndex === this.#index) {
        this.#settleLink();
      } else {
        this.#settle();
      }
    }
  }

  #settleLink(): void {
    this.#settlingLink ??= this.#clock.schedule(settleTime, () => {
      this.#settlingLink = undefined;
      this.#handlers.linkChanged();
    });
  }

  #settle(): void {
    this.#settling ??= this.#clock.schedule(settleTime, () => {
      this.#settling = undefined;
      this.#handlers.routesChanged();
    });
  }

  #askLink(): void {
    this.#setLink(this.#source.link(this.#index));
  }

  #setLink(link: WatchedLink | undefined): void {
    if (link !== undefined && link.mac.length > 0) this.#setMac(link.mac);
    const hasCarrier = link?.carrier === true;
    if (hasCarrier === this.#hasCarrier) return;
    this.#hasCarrier = hasCarrier;
    this.#handlers.carrierChanged(hasCarrier);
  }

  #setMac(mac: Uint8Array): void {
    if (this.#mac !== undefined && bytesEqual(this.#mac, mac)) return;
    this.#mac = mac;
    this.#handlers.macChanged(mac);
  }
}

const kernelRoutes: RouteSource = {
  watch(handlers) {
    const netlink = new RouteNetlink({ groups: RouteGroup.all });
    netlink.start({
      onMessages: (bytes) => handlers.events(parseRouteMessages(bytes)),
      onOverflow: () => handlers.lost(),
      onError: (error) => handlers.failed(error),
    });
    return () => netlink.close();
  },
  link: (index) => getLink(index),
};
