/**
 * UDP sockets with a firewall mark that is there before the first datagram looks for its route, which Node.js cannot
 * set. The socket receives only from the one peer it is connected to, from a local port that the kernel picks at
 * random.
 */
import { closeSync } from 'node:fs';
import type { Socket } from 'node:dgram';
import { SocketError } from './errors.ts';
import { getLink } from './kernel-network.ts';
import { isFailure, socketError, sockets } from './native-sockets.ts';

export interface ConnectUdpOptions {
  /** IPv4 or IPv6 literal, the latter with an optional `%zone` (interface name or index). */
  address: string;
  port: number;
  /** As for `connectTcp`. */
  mark?: number | undefined;
}

/** Resolves with a connected `dgram` socket, which the caller closes; rejects with a `SocketError`. Sends nothing. */
export async function connectUdp(options: ConnectUdpOptions): Promise<Socket> {
  const { address, port, mark = 0 } = options;
  const problem = `cannot reach ${address} port ${port} over UDP`;
  const peer = withNamedZone(address, problem);
  const version = peer.includes(':') ? 6 : 4;
  // Only here: most programs that use this package send no datagrams, and loading it takes time.
  const { createSocket } = await import('node:dgram');
  const fd = sockets().openUdp(version, mark);
  if (isFailure(fd)) throw socketError(problem, fd);
  const socket = createSocket({
    type: version === 6 ? 'udp6' : 'udp4',
    // Node.js does not recognise every zone, and would ask the system's resolver for such an address.
    lookup: (literal, _options, done) => done(null, literal, version),
  });
  try {
    await adopt(socket, fd);
    await connect(socket, port, peer);
    return socket;
  } catch (cause) {
    socket.close();
    const errno = (cause as NodeJS.ErrnoException).code ?? 'EINVAL';
    throw new SocketError(problem, { errno, syscall: 'connect', cause });
  }
}

/** Node.js supports zones by name alone; systemd-resolved and RFC 4007 section 11.2 write indexes too. */
function withNamedZone(address: string, problem: string): string {
  const [, literal, index] = /^(.*%)([1-9]\d*)$/.exec(address) ?? [];
  if (literal === undefined) return address;
  const name = getLink(Number(index))?.name;
  if (name !== undefined) return literal + name;
  const hint = 'no interface has this index; "ip link" lists them';
  throw new SocketError(problem, { errno: 'ENODEV', syscall: 'RTM_GETLINK', hint });
}

function adopt(socket: Socket, fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    try {
      socket.once('error', reject);
      socket.bind({ fd }, () => {
        socket.off('error', reject);
        resolve();
      });
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  });
}

function connect(socket: Socket, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // Node.js passes the error to the callback, though its type does not say so.
    socket.connect(port, address, ((error?: Error) =>
      error ? reject(error) : resolve()) as () => void);
  });
}
