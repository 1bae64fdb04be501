/** Connections over the host's sockets where the card's kernel offers them (AF_HSS of patched kernels). */
import { connectHss, defaultHssFamily, hssProblem, type HssSocket } from 'tuntap2';
import { seconds, type Duration } from '../core/time.ts';
import { BorrowedNames, type NameSource } from './dns/borrowed-names.ts';
import { addressesOf, type ServerHost } from './server-host.ts';
import type { Target, Transport, TransportStream } from './transport.ts';

export interface HssTransportOptions {
  readonly names: NameSource;
  /** Number of the socket family; the patch's choice by default. */
  readonly family?: number;
  /** See `Transport`. */
  readonly isOptional?: boolean;
}

/** Of the kernel itself: nothing shorter can be had from every version of it. */
const connectDeadline = seconds(30);
const dnsPort = 53;

export class HssTransport implements Transport {
  readonly name = 'hss';
  /** The kernel goes on with an attempt that was given up. */
  readonly mostAtOnce = 2;
  readonly isOptional: boolean;
  readonly #family: number;
  readonly #names: BorrowedNames;
  #problem: { readonly words: string | undefined } | undefined;

  constructor(options: HssTransportOptions) {
    this.#family = options.family ?? defaultHssFamily;
    this.isOptional = options.isOptional ?? false;
    this.#names = new BorrowedNames({
      ...options.names,
      transport: this.name,
      connect: (address, deadline, signal) =>
        this.#open({ address, port: dnsPort }, deadline, signal),
    });
  }

  unavailable(): string | undefined {
    // Asked once, and not before it is needed: a kernel does not change while it runs.
    this.#problem ??= { words: hssProblem(this.#family) };
    return this.#problem.words;
  }

  resolve(host: ServerHost, signal: AbortSignal): Promise<readonly string[]> {
    return addressesOf(host, (name) => this.#names.resolve(name, signal));
  }

  async connect(target: Target, signal: AbortSignal): Promise<TransportStream> {
    const stream = await this.#open(target, connectDeadline, signal);
    return { stream, descriptor: stream.fd, localAddress: undefined };
  }

  localAddressTowards(): undefined {
    return undefined;
  }

  networkChanged(): void {}

  #open(target: Target, timeoutMs: Duration, signal: AbortSignal): Promise<HssSocket> {
    return connectHss({ ...target, family: this.#family, timeoutMs, signal });
  }
}
