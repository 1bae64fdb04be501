/** From the configuration and an identity to a tunnel that both sides have agreed on: name, TCP, TLS. */
import type { Duplex } from 'node:stream';
import type { Identity } from '../identity/identity.ts';
import { dial } from '../uplink/dial.ts';
import { resolveHost } from '../uplink/resolve.ts';
import { connectTcpUplink } from '../uplink/tcp-uplink.ts';
import { openTls } from '../uplink/tls.ts';
import type { Config } from './config/config.ts';

export interface Connection {
  /** After the handshake; nothing has been read. */
  readonly socket: Duplex;
  /** What was agreed on, for people: version and cipher. */
  readonly cipher: string;
  /** The server's address, as a literal. */
  readonly address: string;
  readonly port: number;
  /** Ours, towards the server; without a zone. */
  readonly localAddress: string;
}

/** Rejects with an UplinkError. */
export function connectToServer(
  config: Pick<Config, 'remote' | 'route'>,
  identity: Identity,
  stop: AbortSignal,
): Promise<Connection> {
  const { hosts, port, serverName, serverPins } = config.remote;
  return dial({
    hosts,
    signal: stop,
    resolve: (host, signal) => resolveHost(host, { signal }),
    connect: async (address, signal) => {
      const { fwmark } = config.route;
      const tcp = await connectTcpUplink({ address, port, fwmark, signal });
      const localAddress = withoutZone(tcp.localAddress ?? '');
      const options = { credentials: identity, serverName, serverPins, signal };
      const socket = await openTls(tcp, options);
      const cipher = `${socket.getProtocol() ?? 'TLS'}, ${socket.getCipher().name}`;
      return { socket, cipher, address, port, localAddress };
    },
  });
}

/** The interface is part of a link-local address's text here and there, but not everywhere. */
function withoutZone(address: string): string {
  return address.replace(/%.*$/, '');
}
