/**
 * How a connection for a card leaves this machine: as the kernel decides, but never by the card itself, whose router
 * advertisement may well be the best route there is, nor from an address of another interface: the kernel may find that
 * which the card has given it the best to leave any interface from (RFC 6724, rules 2 and 3).
 *
 * An address that the kernel keeps for itself is not a way out: its own ones, and whole networks that a route of
 * type "local" makes its own.
 */
import type { AddressInfo, RouteInfo } from 'tuntap2';
import { isSameAddress } from './address-bytes.ts';
import { linksOverCard } from './card-links.ts';
import type { KernelNetwork, Link } from './kernel-network.ts';

export interface Way {
  readonly kind: 'way';
  readonly device: string;
  readonly linkIndex: number;
  /** The source address of a connection; undefined if the kernel does not report one. */
  readonly local: Uint8Array | undefined;
  /** It must be given to the kernel, whose own choice would be the card's. */
  readonly isLocalForced: boolean;
}

export interface NoWay {
  /** `closed`: no card may connect there; `none`: there is no way now. */
  readonly kind: 'closed' | 'none';
  readonly reason: string;
  /** It may be there again in a moment, the same as before. */
  readonly isPassing?: boolean;
}

/** A connection that stands, or is about to. */
export interface Course {
  readonly destination: Uint8Array;
  readonly local: Uint8Array;
  readonly device: string;
  readonly linkIndex: number;
}

const flagLoopback = 0x8;
/** RT_SCOPE_LINK: such an address means nothing behind a router. */
const scopeLink = 253;
/** A machine with more interfaces is one that makes them for its containers: those are not ways out. */
const maxAskedLinks = 256;

const thisMachine = 'this is an address of this machine';

/** The way that a connection to `destination` would take now. Throws when the kernel does not answer. */
export function findWay(
  destination: Uint8Array,
  cardNames: readonly string[],
  kernel: KernelNetwork,
): Way | NoWay {
  const addresses = kernel.addresses();
  const best = kernel.route({ destination });
  if (best === undefined) return lost('this machine has no route there');
  if (best.type !== 'unicast') return closedBy(best);

  const links = kernel.links();
  const card = linksOverCard(links, cardNames);
  const loopbacks = new Set(links.filter(isLoopback).map(({ index }) => index));
  const isUsable = ({ index, up, carrier }: Link): boolean => up && carrier && !card.has(index);
  /** Answers to an address of another interface would come by that, where the bound connection does not see them. */
  const isFitFor = (link: Link, local: Uint8Array): boolean => {
    const owners = addresses.filter(({ address }) => isSameAddress(address, local));
    return owners.some(
      ({ linkIndex }) =>
        linkIndex === link.index || (loopbacks.has(linkIndex) && !card.has(linkIndex)),
    );
  };
  const wayBy = (link: Link, local: Uint8Array | undefined): Way | NoWay | undefined => {
    const way = { kind: 'way', device: link.name, linkIndex: link.index } as const;
    const isFit = local === undefined || isFitFor(link, local);
    const own = isFit ? local : sourceOf(link, destination.length, addresses);
    if (own === undefined && !isFit) return undefined;
    const closed = own && closedFrom(own, destination, link.index, kernel);
    return closed ?? { ...way, local: own, isLocalForced: !isFit };
  };

  const first = links.find(({ index }) => index === best.linkIndex);
  if (first !== undefined && isUsable(first)) {
    const way = wayBy(first, best.source);
    if (way !== undefined) return way;
  }
  for (const link of otherLinks(destination, links.filter(isUsable), first, kernel)) {
    const found = kernel.route({ destination, linkIndex: link.index });
    if (found?.type !== 'unicast' || found.linkIndex !== link.index) continue;
    const way = wayBy(link, found.source);
    if (way !== undefined) return way;
  }
  return lost('the only route leads through the card');
}

/** Why a connection can no longer go the way that it began; undefined while it can. Throws as `findWay` does. */
export function lossOf(
  { destination, local, device, linkIndex }: Course,
  cardNames: readonly string[],
  kernel: KernelNetwork,
): NoWay | undefined {
  const addresses = kernel.addresses();
  if (addresses.some(({ address }) => isSameAddress(address, destination))) {
    return { kind: 'closed', reason: thisMachine };
  }
  const own = addresses.find(({ address }) => isSameAddress(address, local));
  if (own === undefined || own.isTentative)
    return lost('its address was removed from this machine');
  const links = kernel.links();
  const link = links.find(({ index }) => index === linkIndex);
  if (link === undefined || !link.up) return lost(`the interface ${device} is gone or down`);
  if (!link.carrier) return { ...lost(`the interface ${device} has no carrier`), isPassing: true };
  if (linksOverCard(links, cardNames).has(linkIndex)) {
    return lost(`the interface ${device} leads through the card now`);
  }
  const course = { destination, linkIndex };
  const entry = kernel.route({ ...course, isTableEntry: true });
  if (entry === undefined) return lost('its route was removed');
  if (entry.type !== 'unicast') return closedBy(entry);
  const now = kernel.route(course);
  if (now?.type !== 'unicast' || now.linkIndex !== linkIndex) return lost('its route was removed');
  return closedFrom(local, destination, linkIndex, kernel);
}

/**
 * Rules may look at the source. Whether there is a way at all was asked before, without it: with it the kernel takes
 * the link for a wish only, for IPv6.
 */
function closedFrom(
  source: Uint8Array,
  destination: Uint8Array,
  linkIndex: number,
  kernel: KernelNetwork,
): NoWay | undefined {
  const route = kernel.route({ destination, source, linkIndex });
  return route === undefined || route.type === 'unicast' ? undefined : closedBy(route);
}

/** Those with a route to the destination, in the order of their metrics. */
function otherLinks(
  destination: Uint8Array,
  links: readonly Link[],
  tried: Link | undefined,
  kernel: KernelNetwork,
): Link[] {
  return links
    .filter((link) => link !== tried && !isLoopback(link))
    .slice(0, maxAskedLinks)
    .map((link) => ({
      link,
      // An entry of a table: without one the kernel takes any IPv4 address for a neighbour on the link.
      entry: kernel.route({ destination, linkIndex: link.index, isTableEntry: true }),
    }))
    .filter(({ entry }) => entry?.type === 'unicast')
    .sort((a, b) => a.entry!.priority - b.entry!.priority)
    .map(({ link }) => link);
}

/** An address of the link for a connection to begin from; a deprecated one rather than none. */
function sourceOf(
  { index }: Link,
  length: number,
  addresses: readonly AddressInfo[],
): Uint8Array | undefined {
  return addresses
    .filter(({ address, linkIndex }) => linkIndex === index && address.length === length)
    .filter(({ scope, isTentative }) => scope !== scopeLink && !isTentative)
    .sort((a, b) => Number(a.isDeprecated) - Number(b.isDeprecated))
    .at(0)?.address;
}

function closedBy({ type }: RouteInfo): NoWay {
  const keeps = `the kernel does not send it on: its route is of type ${type}`;
  return { kind: 'closed', reason: type === 'local' ? `${thisMachine}, by a local route` : keeps };
}

function lost(reason: string): NoWay {
  return { kind: 'none', reason };
}

function isLoopback({ flags }: Link): boolean {
  return (flags & flagLoopback) !== 0;
}
