/**
 * The links whose packets may leave by the card: its own interface, and whatever is built upon that. A card may be a
 * port of a bridge or of a bond, or carry a VLAN, a macvlan or a VXLAN; a virtual cable may end in a bridge that has
 * it.
 */
import type { Link } from './kernel-network.ts';

/** Their indices. `names` are the card's own interfaces. */
export function linksOverCard(
  links: readonly Link[],
  names: readonly string[],
): ReadonlySet<number> {
  const found = new Set(links.filter(({ name }) => names.includes(name)).map(({ index }) => index));
  const byIndex = new Map(links.map((link) => [link.index, link]));
  const isSwitch = ({ kind }: Link): boolean => kind === 'openvswitch';
  const add = (link: Link): boolean => {
    if (found.has(link.index)) return false;
    // Which of its ports an Open vSwitch joins with which is known to its own program only.
    const isJoined = isSwitch(link) && links.some((one) => found.has(one.index) && isSwitch(one));
    if (!isJoined && !leadsTo(link, found, byIndex)) return false;
    found.add(link.index);
    return true;
  };
  // Ends because each round adds one of finitely many.
  let hasGrown = found.size > 0;
  while (hasGrown) {
    hasGrown = false;
    for (const link of links) hasGrown = add(link) || hasGrown;
    for (const { index, master } of links) {
      if (master === undefined || !found.has(index) || found.has(master)) continue;
      found.add(master);
      hasGrown = true;
    }
  }
  return found;
}

/** It lies on one of them, or is a virtual cable whose other end is a port of one. */
function leadsTo(
  { kind, lower }: Link,
  found: ReadonlySet<number>,
  byIndex: ReadonlyMap<number, Link>,
): boolean {
  if (lower === undefined) return false;
  if (kind !== 'veth') return found.has(lower);
  const { master } = byIndex.get(lower) ?? {};
  return master !== undefined && found.has(master);
}
