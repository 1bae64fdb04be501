/**
 * Which addresses are of the public internet: IPv4 unicast, and 2000::/3, the part of IPv6 from which IANA assigns
 * global unicast addresses (RFC 4291, 2.4), each without what the registries of special purposes exclude:
 *
 *   IANA IPv4 Special-Purpose Address Registry, as of 2020-09-04
 *   IANA IPv6 Special-Purpose Address Registry, as of 2024-10-22
 *
 * A block that they do not call globally reachable is excluded, without the smaller ones inside that they do. The
 * prefix of NAT64, 64:ff9b::/96, is left to the check of the IPv4 address in it (embedded-ipv4.ts).
 */
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

type Block = readonly [network: string, name: string];

/** RFC 6890 and its updates; what is not in the registry has its RFC beside it. */
const excluded: readonly Block[] = [
  ['0.0.0.0/8', 'unspecified'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'carrier-grade NAT'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link-local'],
  ['172.16.0.0/12', 'private'],
  ['192.0.0.0/24', 'protocol'],
  ['192.0.2.0/24', 'documentation'],
  ['192.88.99.0/24', '6to4 relay'],
  ['192.168.0.0/16', 'private'],
  ['198.18.0.0/15', 'benchmarking'],
  ['198.51.100.0/24', 'documentation'],
  ['203.0.113.0/24', 'documentation'],
  ['224.0.0.0/4', 'multicast'], // RFC 5771
  ['240.0.0.0/4', 'reserved'],
  ['255.255.255.255/32', 'broadcast'],
  ['::/128', 'unspecified'],
  ['::1/128', 'loopback'],
  ['::/96', 'IPv4-compatible'], // RFC 4291, 2.5.5.1: deprecated
  ['::ffff:0:0/96', 'IPv4-mapped'],
  ['::ffff:0:0:0/96', 'IPv4-translated'], // RFC 7915
  ['64:ff9b:1::/48', 'local NAT64'],
  ['100::/64', 'discard-only'],
  ['2001::/23', 'protocol'],
  ['2001::/32', 'Teredo'],
  ['2001:db8::/32', 'documentation'],
  ['2002::/16', '6to4'],
  ['3fff::/20', 'documentation'],
  ['5f00::/16', 'segment routing'],
  ['fc00::/7', 'unique local'],
  ['fe80::/10', 'link-local'],
  ['fec0::/10', 'site-local'], // RFC 3879: deprecated
  ['ff00::/8', 'multicast'], // RFC 4291, 2.7
];

/** Smaller blocks inside of those, which are globally reachable. */
const reachable: readonly string[] = [
  '192.0.0.9/32',
  '192.0.0.10/32',
  '2001:1::1/128',
  '2001:1::2/128',
  '2001:1::3/128',
  '2001:3::/32',
  '2001:4:112::/48',
  '2001:20::/28',
  '2001:30::/28',
];

const globalUnicast = ipaddr.parseCIDR('2000::/3');

type Cidr = [Address, number];

const reachableBlocks = reachable.map((text) => ipaddr.parseCIDR(text));
const excludedBlocks = excluded
  .map(([text, name]) => ({ block: ipaddr.parseCIDR(text), name }))
  // The most specific name first.
  .sort((a, b) => b.block[1] - a.block[1]);

/** What an address of 4 or 16 bytes is instead of public; undefined when it is that. */
export function specialPurpose(bytes: Uint8Array): string | undefined {
  const address = ipaddr.fromByteArray([...bytes]);
  if (reachableBlocks.some((block) => isInside(address, block))) return undefined;
  const special = excludedBlocks.find(({ block }) => isInside(address, block));
  if (special !== undefined) return special.name;
  return address.kind() === 'ipv4' || isInside(address, globalUnicast) ? undefined : 'unassigned';
}

/** Whether a block contains it. Never for a block of the other family. */
function isInside(address: Address, [network, length]: Cidr): boolean {
  return network.kind() === address.kind() && address.match(network, length);
}
