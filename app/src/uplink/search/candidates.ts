/**
 * What a search tries over one transport: the hosts of the configuration in their order, and of each a few addresses at
 * a time. Names are resolved only when the search has reached them; one that takes long does not delay the next.
 */
import { TuntapError } from 'tuntap2';
import { EnvironmentError } from '../../core/errors.ts';
import { after, seconds, type Instant } from '../../core/time.ts';
import type { ServerHost } from '../server-host.ts';
import type { Target, Transport } from '../transport.ts';
import type { AddressMemory } from './address-memory.ts';

/** One address worth a try. */
export interface Candidate {
  readonly transport: Transport;
  /** As the configuration names it. */
  readonly host: string;
  readonly target: Target;
}

export interface CandidatesOptions {
  readonly transport: Transport;
  readonly hosts: readonly ServerHost[];
  readonly port: number;
  readonly memory: AddressMemory;
  readonly signal: AbortSignal;
  /** A name is resolved, or cannot be. */
  readonly onNews: () => void;
  /** A host, or with it the whole transport, is of no use. */
  readonly onFailure: (host: string, error: Error) => void;
  /** A fault of ours. */
  readonly onBug: (error: unknown) => void;
}

/** Of one name, before the next name is tried. */
export const addressesAtATime = 8;

/** After this, the next name is looked up beside one that takes long. */
const namePatience = seconds(2);

interface Name {
  readonly host: ServerHost;
  isPending: boolean;
  hasAddresses: boolean;
  /** Not tried yet, best first. */
  waiting: string[];
  /** How many of them may be tried in this round. */
  allowance: number;
  lastTried: string | undefined;
}

export class Candidates {
  readonly transport: Transport;
  readonly #options: CandidatesOptions;
  readonly #hosts: readonly ServerHost[];
  #names: Name[] = [];
  /** Two hosts of the configuration may have addresses in common. */
  #taken = new Set<string>();
  #lookedUpAt: Instant | undefined;

  constructor(options: CandidatesOptions) {
    const { transport, hosts, memory } = options;
    this.transport = transport;
    this.#options = options;
    this.#hosts = memory.orderHosts(transport, hosts);
  }

  /** An address can be tried now. */
  get isReady(): boolean {
    return this.#names.some(({ waiting, allowance }) => waiting.length > 0 && allowance > 0);
  }

  /** This round may still bring an address. */
  get isOpen(): boolean {
    return this.isReady || this.#isPending || this.#hasHosts;
  }

  /** This round or a later one may bring an address. */
  get hasMore(): boolean {
    return this.isOpen || this.#names.some(({ waiting }) => waiting.length > 0);
  }

  /** All names were looked up, and none has an address. */
  get isFruitless(): boolean {
    return !this.isOpen && !this.#names.some(({ hasAddresses }) => hasAddresses);
  }

  /** When `advance` is to be called without any news. */
  get deadline(): Instant | undefined {
    const isWaiting = !this.isReady && this.#isPending && this.#hasHosts;
    return isWaiting && this.#lookedUpAt !== undefined
      ? after(this.#lookedUpAt, namePatience)
      : undefined;
  }

  /** Begins a round. */
  renew(): void {
    for (const name of this.#names) name.allowance = addressesAtATime;
  }

  /** Starts from the first host again, as if nothing had been tried but what is under way. */
  restart(underWay: readonly Candidate[] = []): void {
    this.#names = [];
    this.#taken = new Set(underWay.map(({ target }) => target.address));
  }

  /** Looks up the next name when it is time for that. */
  advance(now: Instant): void {
    if (this.isReady || !this.#hasHosts) return;
    const { deadline } = this;
    if (deadline !== undefined && now < deadline) return;
    this.#lookedUpAt = now;
    const name: Name = {
      host: this.#hosts[this.#names.length]!,
      isPending: true,
      hasAddresses: false,
      waiting: [],
      allowance: addressesAtATime,
      lastTried: undefined,
    };
    this.#names.push(name);
    void this.#resolve(name);
  }

  /** The next address, of the first host that has one. */
  take(): Candidate | undefined {
    const { transport, port } = this.#options;
    for (const name of this.#names) {
      while (name.allowance > 0 && name.waiting.length > 0) {
        const address = name.waiting.shift()!;
        name.lastTried = address;
        if (this.#taken.has(address)) continue;
        this.#taken.add(address);
        name.allowance--;
        return { transport, host: name.host.text, target: { address, port } };
      }
    }
    return undefined;
  }

  /** The search ends without success: the next one starts with the hosts and addresses that this one has not tried. */
  remember(): void {
    const { memory, transport } = this.#options;
    for (const { host, lastTried, waiting } of this.#names) {
      if (lastTried !== undefined && waiting.length > 0)
        memory.givesWay(transport, host.text, lastTried);
    }
    memory.endedBefore(transport, this.#hosts[this.#names.length]?.text);
  }

  get #hasHosts(): boolean {
    return this.#names.length < this.#hosts.length;
  }

  get #isPending(): boolean {
    return this.#names.some(({ isPending }) => isPending);
  }

  async #resolve(name: Name): Promise<void> {
    const { transport, memory, signal, onNews, onFailure, onBug } = this.#options;
    try {
      const addresses = await addressesOf(transport, name.host, signal);
      signal.throwIfAborted();
      name.waiting = memory.order(transport, name.host.text, addresses);
      name.hasAddresses = true;
    } catch (error) {
      if (!isOutside(error)) onBug(error);
      // After a restart the name is looked up again, and an earlier failure counts no longer.
      else if (!signal.aborted && this.#names.includes(name)) onFailure(name.host.text, error);
    }
    name.isPending = false;
    onNews();
  }
}

async function addressesOf(
  transport: Transport,
  host: ServerHost,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const problem = transport.unavailable();
  if (problem === undefined) return await transport.resolve(host, signal);
  const details = { errno: 'ENETDOWN', syscall: 'connect' };
  throw new EnvironmentError(`${transport.name}: ${problem}`, details);
}

/** Whether the environment is to blame for an error. A fault of ours must not count as a server's. */
export function isOutside(error: unknown): error is Error {
  if (error instanceof EnvironmentError || error instanceof TuntapError) return true;
  return error instanceof Error && error.name === 'AbortError';
}
