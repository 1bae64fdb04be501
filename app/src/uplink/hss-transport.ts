/** Connections over the host's sockets where the card's kernel offers them (AF_HSS of patched kernels). */
import { isIP } from 'node:net';
import { connectHss, defaultHssFamily, hssProblem } from 'tuntap2';
import { EnvironmentError } from '../core/errors.ts';
import { seconds } from '../core/time.ts';
import type { Target, Transport, TransportStream } from './transport.ts';

export interface HssTransportOptions {
  /** Number of the socket family; the patch's choice by default. */
  readonly family?: number;
  /** See `Transport`. */
  readonly isOptional?: boolean;
}

/** Of the kernel itself: nothing shorter can be had from every version of it. */
const connectDeadline = seconds(30);

export class HssTransport implements Transport {
  readonly name = 'hss';
  readonly isOptional: boolean;
  readonly #family: number;
  #problem: { readonly words: string | undefined } | undefined;

  constructor(options: HssTransportOptions = {}) {
    this.#family = options.family ?? defaultHssFamily;
    this.isOptional = options.isOptional ?? false;
  }

  unavailable(): string | undefined {
    // Asked once, and not before somebody wants to know: a kernel does not change while it runs.
    this.#problem ??= { words: hssProblem(this.#family) };
    return this.#problem.words;
  }

  resolve(host: string): Promise<readonly string[]> {
    if (isIP(host) !== 0) return Promise.resolve([host]);
    const problem = `${host}: names cannot be resolved over the host; put an address into remote.hosts`;
    const details = { errno: 'EAI_NONAME', syscall: 'getaddrinfo' };
    return Promise.reject(new EnvironmentError(problem, details));
  }

  async connect({ address, port }: Target, signal: AbortSignal): Promise<TransportStream> {
    const family = this.#family;
    const timeoutMs = connectDeadline;
    const stream = await connectHss({ family, address, port, timeoutMs, signal });
    return { stream, localAddress: undefined };
  }

  localAddressTowards(): undefined {
    return undefined;
  }

  networkChanged(): void {}
}
