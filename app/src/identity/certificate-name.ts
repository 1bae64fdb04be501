/**
 * The tunnel's address is the first commonName of the own certificate: an IPv6 literal, or 32 hex digits without
 * separators. Everything else is refused, and so are addresses that no tunnel can own.
 */
import { formatIpv6, pageAddress, parseIpv6 } from '../wire/ipv6-address.ts';

/** The longest IPv6 literal, `INET6_ADDRSTRLEN` less its end. */
const maxLength = 45;

export type NameResult =
  | { ok: true; address: Uint8Array; text: string }
  /** `problem` reads on after "the commonName". */
  | { ok: false; problem: string };

export function addressOfName(commonName: string | undefined): NameResult {
  if (commonName === undefined) return refuse('is missing');
  if (commonName.length > maxLength) return refuse(`is longer than ${maxLength} characters`);
  const quoted = JSON.stringify(commonName);
  const address = parseIpv6(commonName.slice(0, 5).includes(':') ? commonName : colons(commonName));
  if (address === undefined) {
    return refuse(`${quoted} is neither an IPv6 address nor 32 hex digits`);
  }
  const owner = notOurs.find(({ prefix, bits }) => startsWith(address, prefix, bits));
  if (owner !== undefined) return refuse(`${quoted} is ${owner.what}, which no tunnel can own`);
  return { ok: true, address, text: formatIpv6(address) };
}

/**
 * What no host may be given as its own: RFC 4291, RFC 6052, and what the card itself uses. The first that fits is
 * named.
 */
const notOurs: readonly { prefix: Uint8Array; bits: number; what: string }[] = [
  { prefix: literal('::'), bits: 128, what: 'the unspecified address' },
  { prefix: literal('::1'), bits: 128, what: 'the loopback address' },
  { prefix: literal('::ffff:0:0'), bits: 96, what: 'an IPv4-mapped address' },
  { prefix: literal('::'), bits: 96, what: 'an IPv4-compatible address' },
  { prefix: literal('64:ff9b::'), bits: 96, what: 'an IPv4 address behind NAT64' },
  { prefix: literal('64:ff9b:1::'), bits: 48, what: 'an IPv4 address behind NAT64' },
  { prefix: literal('100::'), bits: 64, what: 'an address whose packets are discarded' },
  { prefix: literal('fe80::'), bits: 10, what: 'a link-local address' },
  { prefix: literal('fec0::'), bits: 10, what: 'a site-local address' },
  { prefix: literal('ff00::'), bits: 8, what: 'a multicast address' },
  { prefix: pageAddress, bits: 64, what: "in the network of the card's own page" },
];

function literal(text: string): Uint8Array {
  return parseIpv6(text)!; // Every one above is.
}

function startsWith(address: Uint8Array, prefix: Uint8Array, bits: number): boolean {
  for (let bit = 0; bit < bits; bit += 8) {
    const mask = 0xff << Math.max(0, 8 - (bits - bit));
    if (((address[bit / 8]! ^ prefix[bit / 8]!) & mask & 0xff) !== 0) return false;
  }
  return true;
}

/** The empty string, no address, unless there are exactly 32 hex digits. */
function colons(name: string): string {
  if (!/^[0-9a-f]{32}$/i.test(name)) return '';
  return name.replace(/(.{4})(?!$)/g, '$1:');
}

function refuse(problem: string): NameResult {
  return { ok: false, problem };
}
