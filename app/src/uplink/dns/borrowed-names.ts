/**
 * Addresses of server names for a transport that borrows sockets: the resolver of their owner is out of reach, so DNS
 * servers of the configuration are asked, by TCP over such sockets. Where that is of no use, what the machine's own
 * network said last is taken: who answers there proves by TLS that it is the server.
 */
import type { Duplex } from 'node:stream';
import { EnvironmentError } from '../../core/errors.ts';
import { milliseconds, type Duration, type Instant } from '../../core/time.ts';
import type { AddressLiteral } from '../address-literal.ts';
import { exchangeOver } from './exchange.ts';
import { NameResolver } from './name-resolver.ts';

/** What is known of names without the transport. */
export interface NameSource {
  /** Of the configuration. */
  readonly servers: readonly AddressLiteral[];
  /** Of the hosts file. */
  readonly knownAddresses: (name: string) => readonly string[];
  /** What was found last over another transport; empty when nothing was. */
  readonly lastKnown: (name: string) => readonly string[];
  readonly now: () => Instant;
}

export interface BorrowedNamesOptions extends NameSource {
  /** The transport, for people. */
  readonly transport: string;
  /** To port 53 of a server. */
  readonly connect: (server: string, deadline: Duration, signal: AbortSignal) => Promise<Duplex>;
}

/** For one question: the connection to the server comes first. */
const patience = milliseconds(2000);
/** Shorter, so that the error says why there is no connection. */
const connectDeadline = milliseconds(1800);

export class BorrowedNames {
  readonly #options: BorrowedNamesOptions;
  readonly #resolver: NameResolver;

  constructor(options: BorrowedNamesOptions) {
    this.#options = options;
    const { servers, knownAddresses, connect, now } = options;
    this.#resolver = new NameResolver({
      servers: () => servers,
      knownAddresses,
      exchange: (ask) =>
        exchangeOver(ask, (signal) => connect(ask.server, connectDeadline, signal)),
      now,
      patience,
    });
  }

  /** At least one address. Rejects with an EnvironmentError that names the host, and with the signal's reason. */
  async resolve(name: string, signal: AbortSignal): Promise<readonly string[]> {
    try {
      return await this.#resolver.resolve(name, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof EnvironmentError)) throw error;
      const remembered = this.#options.lastKnown(name);
      // A server that answers that there is no such name is right.
      if (remembered.length > 0 && error.errno !== 'ENOTFOUND') return remembered;
      if (this.#options.servers.length > 0) throw error;
      const advice = 'name a DNS server there, or put an address into remote.hosts';
      throw new EnvironmentError(
        `${name}: names need remote.dns_servers over ${this.#options.transport}; ${advice}`,
        { errno: 'ENODATA', syscall: 'DNS', cause: error },
      );
    }
  }
}
