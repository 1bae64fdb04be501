/**
 * Which addresses of the link are the router's: its one address, and the groups that it is in. What is for others is
 * counted, and never answered in their place.
 */
import {
  addressEquals,
  allDhcpServers,
  allNodes,
  allRouters,
  isMulticast,
  routerAddress,
  solicitedNodeAddress,
} from '../wire/ipv6-address.ts';

/** RFC 4291 section 2.8, and the group of DHCPv6 servers. */
const groups = [allNodes, allRouters, solicitedNodeAddress(routerAddress), allDhcpServers];

/** True for a destination that is the router's. */
export function isRouters(destination: Uint8Array): boolean {
  const addresses = isMulticast(destination) ? groups : [routerAddress];
  return addresses.some((address) => addressEquals(destination, 0, address));
}

/**
 * True for a destination of which an echo request is answered. Pings to groups look for routers or for everybody; the
 * other groups have purposes of their own.
 */
export function answersEcho(destination: Uint8Array): boolean {
  return [routerAddress, allNodes, allRouters].some((address) =>
    addressEquals(destination, 0, address),
  );
}
