/**
 * Servers that have IPv4 addresses alone, on a network that has IPv6 alone: the network's NAT64 translator has an IPv6
 * address for each (RFC 6052). Its prefix is found by asking the network's own name servers for `ipv4only.arpa`
 * (RFC 7050), and only where the kernel has no way for IPv4. A forged prefix leads to a server that TLS refuses.
 *
 * Left out: the prefix in Router Advertisements (RFC 8781), which the kernel does not pass on.
 */
import ipaddr from 'ipaddr.js';
import { isIPv4 } from 'node:net';
import { probeRoute, TuntapError } from 'tuntap2';
import { EnvironmentError } from '../core/errors.ts';
import { formatIpv6, parseIpv6 } from '../wire/ipv6-address.ts';
import {
  embedIpv4,
  findNat64Prefixes,
  isWellKnownPrefix,
  type Nat64Prefix,
} from '../wire/nat64-prefix.ts';
import type { NameResolver } from './dns/name-resolver.ts';

export interface Nat64Options {
  /** Asks the network's own servers for AAAA records alone. */
  readonly names: Pick<NameResolver, 'resolve' | 'clear'>;
  /** The kernel has a way to this IPv4 address. */
  readonly hasWay: (address: string) => boolean;
}

/** Whether the kernel has a way for packets with this firewall mark. Only "no route" counts as none. */
export function hasWay(address: string, mark: number): boolean {
  try {
    probeRoute({ address, port: anyPort, mark });
    return true;
  } catch (error) {
    if (error instanceof TuntapError) return error.errno !== 'ENETUNREACH';
    throw error;
  }
}

/** Routes do not depend on it. */
const anyPort = 443;
const wellKnownName = 'ipv4only.arpa';
/** Networks with more than one translator are rare; each costs an attempt for each address. */
const mostPrefixes = 2;

export class Nat64 {
  readonly #options: Nat64Options;

  constructor(options: Nat64Options) {
    this.#options = options;
  }

  /**
   * The addresses of a server, before them those that the translator has for it. Rejects with the signal's reason
   * alone: without a translator the addresses are what they were.
   */
  async extend(addresses: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
    const { hasWay } = this.#options;
    if (!addresses.every((address) => isIPv4(address) && !hasWay(address))) return addresses;
    const prefixes = await this.#findPrefixes(signal);
    return [...addresses.flatMap((address) => translated(address, prefixes)), ...addresses];
  }

  /** The network is another one. */
  clear(): void {
    this.#options.names.clear();
  }

  async #findPrefixes(signal: AbortSignal): Promise<readonly Nat64Prefix[]> {
    try {
      const answers = await this.#options.names.resolve(wellKnownName, signal);
      const addresses = answers.map(parseIpv6).filter((address) => address !== undefined);
      return findNat64Prefixes(addresses).slice(0, mostPrefixes);
    } catch (error) {
      signal.throwIfAborted();
      // Most networks have no translator; the attempt without one reports what is wrong.
      if (error instanceof EnvironmentError || error instanceof TuntapError) return [];
      throw error;
    }
  }
}

function translated(address: string, prefixes: readonly Nat64Prefix[]): string[] {
  const ipv4 = ipaddr.IPv4.parse(address);
  const isPublic = ipv4.range() === 'unicast';
  return prefixes
    .filter((prefix) => isPublic || !isWellKnownPrefix(prefix))
    .map((prefix) => formatIpv6(embedIpv4(prefix, ipv4.octets)));
}
