/**
 * In which order hosts and the addresses of a name are tried. The families of a name take turns, starting with that of
 * the first address (RFC 8305 section 4), and hosts keep the order of the configuration. Earlier searches change that:
 * the address at which a server answered last comes first, and what a search had no room for comes first in the next
 * one. So do the hosts after one whose server was reached but did not serve us.
 */
import { isIPv6 } from 'node:net';
import type { ServerHost } from '../server-host.ts';
import type { Transport } from '../transport.ts';

/** Each address once. */
export function interleaveFamilies(addresses: readonly string[]): string[] {
  const distinct = [...new Set(addresses)];
  const isFirstFamily = isIPv6(distinct[0] ?? '');
  const first = distinct.filter((address) => isIPv6(address) === isFirstFamily);
  const second = distinct.filter((address) => isIPv6(address) !== isFirstFamily);
  const pairs = Array.from({ length: Math.max(first.length, second.length) }, (_, i) => [
    ...first.slice(i, i + 1),
    ...second.slice(i, i + 1),
  ]);
  return pairs.flat();
}

interface Entry {
  /** Where a server answered last. */
  good: string | undefined;
  /** The next search starts with the address after this one. */
  after: string | undefined;
}

/** A configuration names a handful; this bounds the memory all the same. */
const mostNames = 64;

type Via = Pick<Transport, 'name'>;

/** What one transport reaches, another may not: each has a memory of its own. */
export class AddressMemory {
  readonly #entries = new Map<string, Entry>();
  /** By transport: the host that the last search had not reached. */
  readonly #firstHosts = new Map<string, string>();

  /** The hosts in the order in which they are worth a try. */
  orderHosts({ name }: Via, hosts: readonly ServerHost[]): readonly ServerHost[] {
    const start = Math.max(0, positionOf(this.#firstHosts.get(name), hosts));
    return [...hosts.slice(start), ...hosts.slice(0, start)];
  }

  /** The addresses of a name, each once, in the order in which they are worth a try. */
  order(via: Via, host: string, addresses: readonly string[]): string[] {
    const list = interleaveFamilies(addresses);
    const { good, after } = this.#entries.get(key(via, host)) ?? {};
    const start = after === undefined ? 0 : list.indexOf(after) + 1;
    const turned = [...list.slice(start), ...list.slice(0, start)];
    if (good === undefined || !list.includes(good)) return turned;
    return [good, ...turned.filter((address) => address !== good)];
  }

  /** A server answered at this address: it comes first from now on, and hosts are tried from the first again. */
  answered(via: Via, host: string, address: string): void {
    this.#firstHosts.delete(via.name);
    this.#put(key(via, host), { good: address, after: undefined });
  }

  /** Next time all other addresses come before this one, which was of no use. */
  givesWay(via: Via, host: string, address: string): void {
    const good = this.#entries.get(key(via, host))?.good;
    this.#put(key(via, host), { good: good === address ? undefined : good, after: address });
  }

  /** The server at this address, of one of these hosts, took the connection and did not serve us. */
  ofNoUse(
    via: Via,
    { host, address }: { host: string; address: string },
    hosts: readonly ServerHost[],
  ): void {
    this.givesWay(via, host, address);
    this.endedBefore(via, hosts[positionOf(host, hosts) + 1]?.text);
  }

  /** A search ended before it had reached this host; undefined: it had reached all. */
  endedBefore({ name }: Via, host: string | undefined): void {
    if (host === undefined) this.#firstHosts.delete(name);
    else this.#firstHosts.set(name, host);
  }

  #put(key: string, entry: Entry): void {
    this.#entries.delete(key);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size >= mostNames && oldest !== undefined) this.#entries.delete(oldest);
    this.#entries.set(key, entry);
  }
}

function positionOf(host: string | undefined, hosts: readonly ServerHost[]): number {
  return hosts.findIndex(({ text }) => text === host);
}

function key({ name }: Via, host: string): string {
  return `${name} ${host}`;
}
