/** A machine's network as its kernel would report it: longest prefix first, then the smallest metric. */
import type { AddressInfo, RouteInfo, RouteQuery } from 'tuntap2';
import { addressBytes } from '../../../../src/programs/psock-host/address-bytes.ts';
import type { KernelNetwork, Link } from '../../../../src/programs/psock-host/kernel-network.ts';

interface Entry {
  readonly network: Uint8Array;
  readonly prefixLength: number;
  readonly type: RouteInfo['type'];
  readonly linkIndex: number | undefined;
  readonly priority: number;
  readonly source: Uint8Array | undefined;
}

export function bytes(text: string): Uint8Array {
  const address = addressBytes(text);
  if (address === undefined) throw new TypeError(`not an address: ${text}`);
  return address;
}

export class FakeNetwork implements KernelNetwork {
  readonly #links: Link[] = [];
  #addresses: AddressInfo[] = [];
  #entries: Entry[] = [];
  /** How often it was asked for a route. */
  asked = 0;

  links(): readonly Link[] {
    return this.#links;
  }

  addresses(): readonly AddressInfo[] {
    return this.#addresses;
  }

  route({ destination, linkIndex, isTableEntry = false }: RouteQuery): RouteInfo | undefined {
    this.asked++;
    const found = this.#entries
      .filter(({ network }) => network.length === destination.length)
      .filter((entry) => linkIndex === undefined || entry.linkIndex === linkIndex)
      .filter(({ network, prefixLength }) => covers(network, prefixLength, destination))
      .sort((a, b) => b.prefixLength - a.prefixLength || a.priority - b.priority)
      .at(0);
    if (found !== undefined) {
      const source = found.source ?? this.#sourceOf(found.linkIndex, destination.length);
      return found.type === 'unreachable' ? undefined : { ...found, source };
    }
    const isNeighbour = destination.length === 4 && linkIndex !== undefined && !isTableEntry;
    if (!isNeighbour) return undefined;
    const source = this.#sourceOf(linkIndex, 4);
    return { type: 'unicast', linkIndex, source, prefixLength: 32, priority: 0 };
  }

  /** Adds a link and returns its index. */
  link(name: string, more: Partial<Link> = {}): number {
    const index = this.#links.length + 1;
    const plain = { kind: '', flags: 1, up: true, carrier: true };
    this.#links.push({ index, name, ...plain, master: undefined, lower: undefined, ...more });
    return index;
  }

  change(name: string, more: Partial<Link>): void {
    const at = this.#links.findIndex((link) => link.name === name);
    this.#links[at] = { ...this.#links[at]!, ...more };
  }

  /** `192.0.2.1/24`, with the route that comes with it and the local one. */
  address(linkIndex: number, text: string, more: Partial<AddressInfo> = {}): void {
    const [literal = '', length] = text.split('/');
    const address = bytes(literal);
    const prefixLength = Number(length);
    const plain = { scope: 0, isTentative: false, isDeprecated: false };
    this.#addresses.push({ address, prefixLength, linkIndex, ...plain, ...more });
    this.#add({ network: address, prefixLength: address.length * 8, type: 'local', linkIndex: 0 });
    this.#add({ network: address, prefixLength, linkIndex, source: address });
  }

  removeAddress(text: string): void {
    const gone = bytes(text).join();
    this.#addresses = this.#addresses.filter(({ address }) => address.join() !== gone);
    this.#entries = this.#entries.filter(
      ({ network, source }) => source?.join() !== gone && network.join() !== gone,
    );
  }

  /** `default4`, `default6` or a network. */
  addRoute(to: string, linkIndex: number | undefined, more: Partial<Entry> = {}): void {
    const text = to === 'default4' ? '0.0.0.0/0' : to === 'default6' ? '::/0' : to;
    const [literal = '', length] = text.split('/');
    this.#add({ network: bytes(literal), prefixLength: Number(length), linkIndex, ...more });
  }

  removeRoutes(linkIndex: number): void {
    this.#entries = this.#entries.filter((entry) => entry.linkIndex !== linkIndex);
  }

  #add(entry: Partial<Entry> & Pick<Entry, 'network' | 'prefixLength' | 'linkIndex'>): void {
    this.#entries.push({ type: 'unicast', priority: 0, source: undefined, ...entry });
  }

  #sourceOf(linkIndex: number | undefined, length: number): Uint8Array | undefined {
    return this.#addresses.find(
      (one) => one.linkIndex === linkIndex && one.address.length === length && one.scope === 0,
    )?.address;
  }
}

function covers(network: Uint8Array, prefixLength: number, address: Uint8Array): boolean {
  return network.every((byte, at) => {
    const bits = Math.max(0, Math.min(8, prefixLength - 8 * at));
    const mask = (0xff00 >> bits) & 0xff;
    return (byte & mask) === (address[at]! & mask);
  });
}
