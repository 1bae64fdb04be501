/**
 * Asks the kernel about this machine's network, by one rtnetlink request each, without another program: links,
 * addresses, and how a packet would leave. Changing anything is left to iproute2.
 */
import { constants } from 'node:os';
import { isFailure, socketError, sockets } from './native-sockets.ts';
import { listAddressesRequest, parseAddresses, type AddressInfo } from './rtnetlink-addresses.ts';
import { getLinkRequest, listLinksRequest, parseLinks, type LinkInfo } from './rtnetlink-links.ts';
import {
  getRouteRequest,
  parseRoute,
  type RouteInfo,
  type RouteQuery,
} from './rtnetlink-routes.ts';

const { errno } = constants;

/** How often a dump is repeated that the kernel interrupted because the list changed (NLM_F_DUMP_INTR). */
const listAttempts = 5;

/** What the kernel answers with where no packet could leave, and why not. */
const noRoute = new Set<number>([
  errno.ENETUNREACH,
  errno.EHOSTUNREACH,
  errno.ENETDOWN,
  // A route of type prohibit, and one of type blackhole.
  errno.EACCES,
  errno.EINVAL,
  errno.ENODEV,
]);

/** Looks a link up by name or index; undefined when there is none. Throws a `SocketError` on anything else. */
export function getLink(nameOrIndex: string | number): LinkInfo | undefined {
  const answer = sockets().requestNetlink(getLinkRequest(nameOrIndex));
  if (isFailure(answer) && answer.errno === errno.ENODEV) return undefined;
  if (isFailure(answer)) throw socketError(`cannot look up interface ${nameOrIndex}`, answer);
  return parseLinks(answer)[0];
}

/** All links of this network namespace. Throws a `SocketError`. */
export function listLinks(): LinkInfo[] {
  return parseLinks(list('cannot list interfaces', listLinksRequest()));
}

/** All addresses of this network namespace, of links without carrier too. Throws a `SocketError`. */
export function listAddresses(): AddressInfo[] {
  return parseAddresses(list('cannot list addresses', listAddressesRequest()));
}

/** How a packet would leave; undefined when none could. Throws a `SocketError` when the kernel does not answer. */
export function findRoute(query: RouteQuery): RouteInfo | undefined {
  const answer = sockets().requestNetlink(getRouteRequest(query));
  if (!isFailure(answer)) return parseRoute(answer);
  if (noRoute.has(answer.errno)) return undefined;
  throw socketError('cannot ask for a route', answer);
}

function list(problem: string, request: Uint8Array): Uint8Array {
  for (let attempt = 1; ; attempt++) {
    const answer = sockets().requestNetlink(request);
    if (!isFailure(answer)) return answer;
    const hasChanged = answer.errno === errno.EINTR;
    if (!hasChanged || attempt === listAttempts) throw socketError(problem, answer);
  }
}
