/**
 * Asks the kernel which local address it would use towards a destination: a UDP socket is connected, which sends
 * nothing, and its own address is read back. That is how a route change that matters is distinguished from one that
 * does not.
 */
import { isFailure, socketError, sockets } from './native-sockets.ts';

export interface RouteProbeOptions {
  /** IPv4 or IPv6 literal, the latter with an optional `%zone`. */
  address: string;
  port: number;
  /** Firewall mark, so that the same routing rules apply as to the connection probed for. */
  mark?: number | undefined;
}

export interface RouteProbeResult {
  /** Without a zone, in the form of `inet_ntop`. An IPv4 literal gives an IPv4 address. */
  localAddress: string;
}

/** Throws a `SocketError`, with errno `ENETUNREACH` when there is no route. */
export function probeRoute(options: RouteProbeOptions): RouteProbeResult {
  const { address, port, mark = 0 } = options;
  const result = sockets().probeRoute(address, port, mark);
  if (isFailure(result)) throw socketError(`no route to ${address}`, result);
  return { localAddress: result };
}
