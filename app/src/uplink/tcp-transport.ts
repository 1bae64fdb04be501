/**
 * The machine's own TCP. The firewall mark is set before connect, so that the routing rules keep the very first packet
 * out of the tunnel itself; names are resolved over sockets with the same mark.
 */
import { connectTcp, probeRoute } from 'tuntap2';
import { seconds } from '../core/time.ts';
import { withoutZone } from './address-literal.ts';
import type { NameResolver } from './dns/name-resolver.ts';
import type { Nat64 } from './nat64.ts';
import { addressesOf, type ServerHost } from './server-host.ts';
import type { Target, Transport, TransportStream } from './transport.ts';

export interface TcpTransportOptions {
  /** The firewall mark of every packet; 0: not marked. */
  readonly mark: number;
  readonly names: Pick<NameResolver, 'resolve' | 'clear'>;
  readonly nat64: Pick<Nat64, 'extend' | 'clear'>;
}

const connectDeadline = seconds(10);
/** Backstop behind the heartbeat, which notices a dead path within half of this. */
const userTimeout = seconds(60);

/**
 * Enough for the kernel to be never idle between two of our writes, little enough not to be felt on a slow path. The
 * kernel exceeds it by one write of ours (`tunnel/queue-limit.ts`).
 */
const notSentLowWaterBytes = 16 * 1024;

export class TcpTransport implements Transport {
  readonly name = 'tcp';
  /** An attempt costs a packet now and then. */
  readonly mostAtOnce = 32;
  readonly #mark: number;
  readonly #names: Pick<NameResolver, 'resolve' | 'clear'>;
  readonly #nat64: Pick<Nat64, 'extend' | 'clear'>;

  constructor(options: TcpTransportOptions) {
    this.#mark = options.mark;
    this.#names = options.names;
    this.#nat64 = options.nat64;
  }

  /** Whether there is a route shows only when it is asked for. */
  unavailable(): undefined {
    return undefined;
  }

  async resolve(host: ServerHost, signal: AbortSignal): Promise<readonly string[]> {
    const addresses = await addressesOf(host, (name) => this.#names.resolve(name, signal));
    return this.#nat64.extend(addresses, signal);
  }

  async connect({ address, port }: Target, signal: AbortSignal): Promise<TransportStream> {
    const stream = await connectTcp({
      address,
      port,
      mark: this.#mark,
      keepAlive: { idleSeconds: 300, probes: 6, intervalSeconds: 10 },
      userTimeoutMs: userTimeout,
      notSentLowWaterBytes,
      noDelay: true,
      timeoutMs: connectDeadline,
      signal,
    });
    return { stream, localAddress: withoutZone(stream.localAddress ?? '') };
  }

  localAddressTowards(target: Target): string {
    return probeRoute({ ...target, mark: this.#mark }).localAddress;
  }

  networkChanged(): void {
    this.#names.clear();
    this.#nat64.clear();
  }
}
