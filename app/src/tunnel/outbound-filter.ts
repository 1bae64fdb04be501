/**
 * Decides where a packet from the host goes. IPv6 from the host's one address to destinations beyond its own link goes
 * into the tunnel. A packet for the link itself is the router's, whatever its source. Everything else is dropped: other
 * sources, packets over the MTU, and IPv4 unless the configuration permits it, which then passes with any address.
 *
 * Upper layers are not looked at: nothing that a host sends to its link has a destination that passes.
 */
import { addressEquals, isLoopback, isUnspecified, staysOnLink } from '../wire/ipv6-address.ts';
import {
  ipv6DestinationOffset,
  ipv6MinimumMtu,
  ipv6SourceOffset,
  isWholeIpv6,
} from '../wire/ipv6.ts';
import { isWholeIpv4 } from './ipv4-header.ts';

/** Why a packet goes nowhere. */
export type OutboundDrop =
  | 'wrongSource'
  | 'tooBig'
  /** To `::`, `::1` or the host's own address. */
  | 'badDestination'
  | 'ipv4'
  /** Not IP, or a length that contradicts the frame's. */
  | 'malformed';

/** `router` is a whole IPv6 packet to the router or to others on the link: a solicitation, DHCPv6, an echo request. */
export type OutboundClass = 'tunnel' | 'router' | OutboundDrop;

/** Every packet is counted in exactly one of these, under the names of the status. */
export interface OutboundCounters extends Record<OutboundDrop, number> {
  /** Into the tunnel. */
  passed: number;
  /** To the router. */
  control: number;
}

export interface OutboundRules {
  /** The host's address, 16 bytes. */
  readonly address: Uint8Array;
  readonly allowIpv4: boolean;
}

/** Classifies `buf[packet, end)`, which may be empty. Allocates nothing. */
export function classifyOutbound(
  buf: Uint8Array,
  packet: number,
  end: number,
  rules: OutboundRules,
): OutboundClass {
  if (!isWholeIpv6(buf, packet, end)) return classifyOther(buf, packet, end, rules);
  const { address } = rules;
  const destination = packet + ipv6DestinationOffset;
  if (staysOnLink(buf, destination)) return 'router';
  if (!addressEquals(buf, packet + ipv6SourceOffset, address)) return 'wrongSource';
  if (end - packet > ipv6MinimumMtu) return 'tooBig';
  return isBadDestination(buf, destination, address) ? 'badDestination' : 'tunnel';
}

/** Of one node, or none: what a host sends to itself does not leave it. */
function isBadDestination(buf: Uint8Array, destination: number, address: Uint8Array): boolean {
  return (
    addressEquals(buf, destination, address) ||
    isUnspecified(buf, destination) ||
    isLoopback(buf, destination)
  );
}

function classifyOther(
  buf: Uint8Array,
  packet: number,
  end: number,
  { allowIpv4 }: OutboundRules,
): OutboundClass {
  if (!isWholeIpv4(buf, packet, end)) return 'malformed';
  if (!allowIpv4) return 'ipv4';
  return end - packet > ipv6MinimumMtu ? 'tooBig' : 'tunnel';
}
