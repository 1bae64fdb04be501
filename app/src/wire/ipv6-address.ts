/**
 * IPv6 addresses (RFC 4291) as 16 bytes, and their text (RFC 5952). Text goes through ipaddr.js; the predicates
 * look straight into a packet at an offset, allocate nothing and are for the packet path. They trust the caller
 * that 16 bytes are there. Leaves out zone identifiers: an address here never names an interface.
 */
import ipaddr from 'ipaddr.js';
import { InternalError } from '../core/errors.ts';

export const ipv6AddressLength = 16;

/** `undefined` for anything that is not exactly one address: no zone, no brackets, no prefix length, no spaces. */
export function parseIpv6(text: string): Uint8Array | undefined {
  if (text.includes('%') || !ipaddr.IPv6.isValid(text)) return undefined;
  // ipaddr.js also takes octal and hexadecimal IPv4 parts, and reads the deprecated "::1.2.3.4" as ::ffff:1.2.3.4.
  const tail = text.slice(text.lastIndexOf(':') + 1);
  if (tail.includes('.')) {
    if (!ipaddr.IPv4.isValidFourPartDecimal(tail) || text === `::${tail}`) return undefined;
  }
  return Uint8Array.from(ipaddr.IPv6.parse(text).toByteArray());
}

/** Canonical text of the 16 bytes at `off`. */
export function formatIpv6(buf: Uint8Array, off = 0): string {
  const bytes = buf.subarray(off, off + ipv6AddressLength);
  if (bytes.length !== ipv6AddressLength) {
    throw new InternalError(`an IPv6 address has 16 bytes, got ${bytes.length}`);
  }
  return new ipaddr.IPv6([...bytes]).toRFC5952String();
}

/** `::` */
export const unspecifiedAddress = wellKnown('::');
/** Source of everything the router says to the host; the remote ENF router has the same address. */
export const routerAddress = wellKnown('fe80::1');
/**
 * The page for the person at the host, beside `routerAddress`: browsers cannot open link-local addresses. Unique local
 * (RFC 4193), the same on every card, and never in the tunnel: docs/decisions/host-page.md.
 */
export const pageAddress = wellKnown('fde7:c3f9:6d0e::1');
export const allNodes = wellKnown('ff02::1');
export const allRouters = wellKnown('ff02::2');
/** All_DHCP_Relay_Agents_and_Servers (RFC 8415 section 7.1). */
export const allDhcpServers = wellKnown('ff02::1:2');

function wellKnown(text: string): Readonly<Uint8Array> {
  const address = parseIpv6(text);
  if (address === undefined) throw new InternalError(`not an IPv6 address: ${text}`);
  return address;
}

export function isUnspecified(buf: Uint8Array, off = 0): boolean {
  for (let i = off; i < off + 16; i++) if (buf[i] !== 0) return false;
  return true;
}

/** `::1` */
export function isLoopback(buf: Uint8Array, off = 0): boolean {
  for (let i = off; i < off + 15; i++) if (buf[i] !== 0) return false;
  return buf[off + 15] === 1;
}

/** ff00::/8 */
export function isMulticast(buf: Uint8Array, off = 0): boolean {
  return buf[off] === 0xff;
}

/** fe80::/10 */
export function isLinkLocal(buf: Uint8Array, off = 0): boolean {
  return buf[off] === 0xfe && (buf[off + 1]! & 0xc0) === 0x80;
}

/** Scope of a multicast address (RFC 4291 section 2.7): 1 interface-local, 2 link-local, 14 global. */
export function multicastScope(buf: Uint8Array, off = 0): number {
  return buf[off + 1]! & 0x0f;
}

/** Largest interface- and link-local scope (RFC 4291 section 2.7); 0 is reserved and treated alike. */
const linkLocalScope = 2;

/**
 * True for a destination that is never forwarded: interface- and link-local (RFC 4291 sections 2.5.6 and 2.7), or the
 * card's page. What a host sends there is its router's, or another node's on its link.
 */
export function staysOnLink(buf: Uint8Array, destination: number): boolean {
  // The first byte decides for nearly every packet.
  if (buf[destination] === pageAddress[0] && addressEquals(buf, destination, pageAddress)) {
    return true;
  }
  if (isMulticast(buf, destination)) return multicastScope(buf, destination) <= linkLocalScope;
  return isLinkLocal(buf, destination);
}

/** True when the 16 bytes at `off` are `address`. */
export function addressEquals(buf: Uint8Array, off: number, address: Uint8Array): boolean {
  for (let i = 0; i < 16; i++) if (buf[off + i] !== address[i]) return false;
  return true;
}

/** ff02::1:ffXX:XXXX for the address at `off` (RFC 4291 section 2.7.1). */
export function solicitedNodeAddress(buf: Uint8Array, off = 0): Uint8Array {
  const group = new Uint8Array(16);
  group.set([0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff]);
  group.set(buf.subarray(off + 13, off + 16), 13);
  return group;
}
