/**
 * IPv4 addresses inside IPv6 addresses (RFC 6052 section 2.2), as a NAT64 translator takes them, and the prefix of a
 * network's translator from the answers about `ipv4only.arpa` (RFC 7050 section 3). Pure: bytes in, bytes out.
 */
import { addressEquals, ipv6AddressLength } from './ipv6-address.ts';

export interface Nat64Prefix {
  /** 16 bytes; those that do not belong to the prefix are zero. */
  readonly bytes: Uint8Array;
  readonly length: Nat64PrefixLength;
}

/** In bits. */
const prefixLengths = [32, 40, 48, 56, 64, 96] as const;
export type Nat64PrefixLength = (typeof prefixLengths)[number];

/** Bits 64 to 71 are zero and hold nothing of the IPv4 address. */
const reservedOctet = 8;
/** 192.0.0.170 and 192.0.0.171: what `ipv4only.arpa` has as addresses everywhere (RFC 7050 section 8.2). */
const wellKnownIpv4 = [
  [192, 0, 0, 170],
  [192, 0, 0, 171],
] as const;

/** 64:ff9b::/96 (RFC 6052 section 2.1). */
const wellKnownPrefix = Uint8Array.of(0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

/** The address at which the translator has `ipv4`, 4 bytes. */
export function embedIpv4({ bytes, length }: Nat64Prefix, ipv4: ArrayLike<number>): Uint8Array {
  const address = Uint8Array.from(bytes);
  octetsOf(length).forEach((octet, i) => (address[octet] = ipv4[i]!));
  return address;
}

/** Behind the well-known prefix there is only the public IPv4 internet (RFC 6052 section 3.1). */
export function isWellKnownPrefix({ bytes, length }: Nat64Prefix): boolean {
  return length === 96 && addressEquals(bytes, 0, wellKnownPrefix);
}

/** Each prefix once. `addresses`: the AAAA records of `ipv4only.arpa`, 16 bytes each. */
export function findNat64Prefixes(addresses: readonly Uint8Array[]): Nat64Prefix[] {
  const found: Nat64Prefix[] = [];
  for (const address of addresses) {
    const possible = prefixLengths
      .filter((length) => hasWellKnownIpv4(address, length))
      .map((length) => prefixOf(address, length));
    // A prefix may look like one of the addresses itself: then the record for the other address decides.
    const sure = possible.length === 1 ? possible : possible.filter((p) => hasBoth(p, addresses));
    const isNew = (prefix: Nat64Prefix): boolean => !found.some((other) => isSame(prefix, other));
    found.push(...sure.filter(isNew));
  }
  return found;
}

function hasWellKnownIpv4(address: Uint8Array, length: Nat64PrefixLength): boolean {
  if (length !== 96 && address[reservedOctet] !== 0) return false;
  const octets = octetsOf(length);
  return wellKnownIpv4.some((ipv4) => octets.every((octet, i) => address[octet] === ipv4[i]));
}

function hasBoth(prefix: Nat64Prefix, addresses: readonly Uint8Array[]): boolean {
  return wellKnownIpv4.every((ipv4) => {
    const expected = embedIpv4(prefix, ipv4);
    return addresses.some((address) => addressEquals(address, 0, expected));
  });
}

function prefixOf(address: Uint8Array, length: Nat64PrefixLength): Nat64Prefix {
  const bytes = new Uint8Array(ipv6AddressLength);
  bytes.set(address.subarray(0, length / 8));
  return { bytes, length };
}

function isSame(one: Nat64Prefix, other: Nat64Prefix): boolean {
  return one.length === other.length && addressEquals(one.bytes, 0, other.bytes);
}

/** Where the four octets of the IPv4 address are. */
function octetsOf(length: Nat64PrefixLength): number[] {
  const first = length / 8;
  return Array.from({ length: 5 }, (_, i) => first + i)
    .filter((octet) => octet !== reservedOctet)
    .slice(0, 4);
}
