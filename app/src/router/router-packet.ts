/** How a packet from the router to the host is put together: always from fe80::1, checksums complete. */
import { encodeIcmpv6, type Icmpv6Message } from '../wire/icmpv6.ts';
import { routerAddress } from '../wire/ipv6-address.ts';
import { encodeIpv6, nextHeader } from '../wire/ipv6.ts';
import { encodeUdp, type UdpDatagram } from '../wire/udp.ts';
import type { RouterAction } from './router-action.ts';

/** Neighbour discovery has its own (`wire/nd`). */
const icmpv6HopLimit = 64;

export function icmpv6Packet(destination: Uint8Array, message: Icmpv6Message): Uint8Array {
  const addresses = { source: routerAddress, destination };
  const header = { ...addresses, nextHeader: nextHeader.icmpv6, hopLimit: icmpv6HopLimit };
  return encodeIpv6(header, encodeIcmpv6(addresses, message));
}

export function udpPacket(
  destination: Uint8Array,
  hopLimit: number,
  datagram: UdpDatagram,
): Uint8Array {
  const addresses = { source: routerAddress, destination };
  const header = { ...addresses, nextHeader: nextHeader.udp, hopLimit };
  return encodeIpv6(header, encodeUdp(addresses, datagram));
}

/** `mac` is copied; without one the link decides. */
export function sendTo(mac: Uint8Array | undefined, packet: Uint8Array): RouterAction {
  if (mac === undefined) return { type: 'send', packet };
  return { type: 'send', packet, destinationMac: mac.slice() };
}
