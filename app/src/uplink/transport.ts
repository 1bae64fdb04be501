/**
 * A way to reach servers: this machine's own TCP, or sockets borrowed from elsewhere. The service tries its transports
 * in order, and TLS runs over whatever stream one gives; nothing behind this interface depends on which it was.
 */
import type { Duplex } from 'node:stream';
import type { ServerHost } from './server-host.ts';

export interface Target {
  /** IPv4 or IPv6 literal. */
  readonly address: string;
  readonly port: number;
}

export interface TransportStream {
  /** Connected; nothing has been read. Destroying it frees everything. */
  readonly stream: Duplex;
  /**
   * The descriptor below, which the stream owns and leaves alone until it is read from or written to. Absent: the
   * stream is a socket of `node:net`.
   */
  readonly descriptor?: number;
  /** Ours towards the server, without a zone; undefined where the transport has none. */
  readonly localAddress: string | undefined;
}

export interface Transport {
  /** One word, for the log, the status and the configuration. */
  readonly name: string;
  /** A default, not set by the operator: while it is unavailable it is skipped silently. */
  readonly isOptional?: boolean;
  /** How many connections may be attempted at a time. */
  readonly mostAtOnce: number;
  /** Why it is of no use now, in words that name the next step; undefined when it can be tried. Asked often: cheap. */
  unavailable(): string | undefined;
  /** Literals for a host of the configuration, at least one, best first. Rejects with an EnvironmentError. */
  resolve(host: ServerHost, signal: AbortSignal): Promise<readonly string[]>;
  /** Has a deadline of its own. Rejects with an EnvironmentError or a TuntapError. */
  connect(target: Target, signal: AbortSignal): Promise<TransportStream>;
  /**
   * The local address from which a connection to the target would begin now; undefined where the transport cannot
   * find it. Throws an EnvironmentError or a TuntapError when there is no way.
   */
  localAddressTowards(target: Target): string | undefined;
  /** The network has changed: what is remembered of it may be wrong. */
  networkChanged(): void;
  /**
   * Reports, from soon after this call on, whenever the transport has become worth a try without a change of this
   * machine's network (`onUsable`), and whenever connections over it would begin elsewhere than those that there are
   * (`onMoved`). Returns the way to stop.
   */
  watch?(onUsable: () => void, onMoved: () => void): () => void;
}
