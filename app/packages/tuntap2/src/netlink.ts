/**
 * Reports changes of links, addresses and routes (rtnetlink multicast groups, rtnetlink(7)). The kernel sends these
 * messages in bursts: a burst is drained into one buffer and reported once.
 *
 * What the bytes say is read by `rtnetlink-messages.ts`; how things stand is asked by `kernel-network.ts`.
 */
import { constants } from 'node:os';
import type { SocketError } from './errors.ts';
import { isFailure, socketError, sockets, type NativeNetlink } from './native-sockets.ts';

/** Bits for `groups` (RTMGRP_* of linux/rtnetlink.h). */
export const RouteGroup = {
  link: 0x1,
  ipv4Address: 0x10,
  ipv4Route: 0x40,
  ipv6Address: 0x100,
  ipv6Route: 0x400,
  /** All of the above. */
  all: 0x551,
} as const;

export interface RouteNetlinkOptions {
  /** Sum of `RouteGroup` bits. */
  groups: number;
  /** SO_RCVBUF; the kernel's default when absent. */
  receiveBufferBytes?: number | undefined;
}

/** Called on the loop thread, never from inside a call of a method. */
export interface RouteNetlinkHandlers {
  /** One or more whole messages; the view is valid only during the call. */
  onMessages(bytes: Uint8Array): void;
  /**
   * Messages were lost (ENOBUFS): whatever is known about links and routes must be asked for again. Called when those
   * that were not lost have been handed over, so that nothing is missed between the two.
   */
  onOverflow(): void;
  /** The socket failed and is closed. */
  onError(error: SocketError): void;
}

const problem = 'cannot watch links and routes';

/** Bytes of one burst; a single rtnetlink message is far smaller. */
const burstBytes = 64 * 1024;

export class RouteNetlink {
  readonly #native: NativeNetlink;
  #closed = false;

  /** Opens the socket; throws a `SocketError`. Messages wait in the kernel until `start`. */
  constructor(options: RouteNetlinkOptions) {
    const native = sockets().openNetlink(options.groups, options.receiveBufferBytes ?? 0);
    if (isFailure(native)) throw socketError(problem, native);
    this.#native = native;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Registers with the event loop, which it keeps alive until `close`. Call once. */
  start(handlers: RouteNetlinkHandlers): void {
    const buffer = new Uint8Array(burstBytes);
    const failure = this.#native.start(
      buffer,
      (length) => handlers.onMessages(buffer.subarray(0, length)),
      (failure) => {
        if (failure.errno === constants.errno.ENOBUFS) return handlers.onOverflow();
        this.close();
        handlers.onError(socketError(problem, failure));
      },
    );
    if (failure) throw socketError(problem, failure);
  }

  /** Idempotent; safe inside a callback; no callback comes after it. */
  close(): void {
    this.#closed = true;
    this.#native.close();
  }
}
