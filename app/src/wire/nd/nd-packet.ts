/**
 * Neighbour discovery messages as whole IPv6 packets, both ways, with everything that RFC 4861 says about the IPv6
 * header: hop limit 255, complete checksum. Decode throws ParseError and returns views into the packet; it also
 * refuses fragments (RFC 6980).
 */
import { ParseError } from '../../core/errors.ts';
import type { AddressPair } from '../checksum.ts';
import { newUpperLayer, walkExtensionHeaders } from '../extension-headers.ts';
import { decodeIcmpv6, encodeIcmpv6, icmpv6Type, type Icmpv6Message } from '../icmpv6.ts';
import { decodeIpv6, encodeIpv6, nextHeader } from '../ipv6.ts';
import {
  decodeNeighbourAdvertisement,
  encodeNeighbourAdvertisement,
  type NeighbourAdvertisement,
} from './neighbour-advertisement.ts';
import {
  decodeNeighbourSolicitation,
  encodeNeighbourSolicitation,
  type NeighbourSolicitation,
} from './neighbour-solicitation.ts';
import { decodeRedirect, type Redirect } from './redirect.ts';
import {
  decodeRouterAdvertisement,
  encodeRouterAdvertisement,
  type RouterAdvertisement,
} from './router-advertisement.ts';
import {
  decodeRouterSolicitation,
  encodeRouterSolicitation,
  type RouterSolicitation,
} from './router-solicitation.ts';
import { ndHopLimit, type NdContext } from './validity.ts';

/** What we can send. */
export type NdMessage =
  RouterSolicitation | RouterAdvertisement | NeighbourSolicitation | NeighbourAdvertisement;

export interface NdPacket extends AddressPair {
  readonly message: NdMessage | Redirect;
}

export function encodeNdPacket(addresses: AddressPair, message: NdMessage): Uint8Array {
  const header = {
    source: addresses.source,
    destination: addresses.destination,
    nextHeader: nextHeader.icmpv6,
    hopLimit: ndHopLimit,
  };
  return encodeIpv6(header, encodeIcmpv6(addresses, encodeMessage(message)));
}

export function decodeNdPacket(packet: Uint8Array): NdPacket {
  const what = 'ND packet';
  const ip = decodeIpv6(packet);
  const upper = newUpperLayer();
  if (!walkExtensionHeaders(packet, 0, packet.length, upper)) {
    throw new ParseError(what, 40, 'malformed extension headers');
  }
  if (upper.fragment !== 'none') throw new ParseError(what, 40, 'is a fragment');
  if (upper.protocol !== nextHeader.icmpv6) {
    throw new ParseError(what, upper.offset, `upper protocol is ${upper.protocol}`);
  }
  const message = decodeMessage(decodeIcmpv6(ip, packet.subarray(upper.offset)), ip);
  return { source: ip.source, destination: ip.destination, message };
}

function encodeMessage(message: NdMessage): Icmpv6Message {
  switch (message.kind) {
    case 'router-solicitation':
      return encodeRouterSolicitation(message);
    case 'router-advertisement':
      return encodeRouterAdvertisement(message);
    case 'neighbour-solicitation':
      return encodeNeighbourSolicitation(message);
    case 'neighbour-advertisement':
      return encodeNeighbourAdvertisement(message);
  }
}

function decodeMessage(message: Icmpv6Message, context: NdContext): NdMessage | Redirect {
  switch (message.type) {
    case icmpv6Type.routerSolicitation:
      return decodeRouterSolicitation(message, context);
    case icmpv6Type.routerAdvertisement:
      return decodeRouterAdvertisement(message, context);
    case icmpv6Type.neighbourSolicitation:
      return decodeNeighbourSolicitation(message, context);
    case icmpv6Type.neighbourAdvertisement:
      return decodeNeighbourAdvertisement(message, context);
    case icmpv6Type.redirect:
      return decodeRedirect(message, context);
    default:
      throw new ParseError('ND packet', 40, `ICMPv6 type is ${message.type}`);
  }
}
