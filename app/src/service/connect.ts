/** From the configuration and an identity to a tunnel that both sides have agreed on: transport, name, TLS. */
import type { Duplex } from 'node:stream';
import type { Identity } from '../identity/identity.ts';
import { dial, type Attempt } from '../uplink/dial.ts';
import { watchFarewell } from '../uplink/farewell.ts';
import { openTls } from '../uplink/tls.ts';
import type { Target, Transport, TransportStream } from '../uplink/transport.ts';
import { UplinkError } from '../uplink/uplink-error.ts';
import type { Config } from './config/config.ts';

export interface Connection {
  /** After the handshake; nothing has been read. */
  readonly socket: Duplex;
  /** What was agreed on, for people: version and cipher. */
  readonly cipher: string;
  /** Name of the transport, and its position among all; 0 is the one preferred. */
  readonly transport: string;
  readonly rank: number;
  /** The server's address, as a literal. */
  readonly address: string;
  readonly port: number;
  /** Ours, towards the server; without a zone. Undefined where the transport has none. */
  readonly localAddress: string | undefined;
  /** See `uplink/farewell.ts`. */
  readonly isClosedByServer: () => boolean;
}

export interface ConnectOptions {
  readonly remote: Config['remote'];
  readonly identity: Identity;
  /** In order of preference. */
  readonly transports: readonly Transport[];
  /** Only transports better than the one at this position. */
  readonly below?: number | undefined;
  readonly clock: ServerClock;
  readonly signal: AbortSignal;
  readonly onAttempt?: (attempt: Attempt) => void;
}

/** What is known of this machine's time of day. */
export interface ServerClock {
  /** Somebody keeps it right. */
  isKept(): boolean;
  /** It is at least this late: the server's certificate says so. */
  isAtLeast(date: Date): void;
}

/** Rejects with an UplinkError. */
export function connectToServer(options: ConnectOptions): Promise<Connection> {
  const { transports, below = transports.length, remote, signal } = options;
  return dial({
    transports: transports.slice(0, below),
    hosts: remote.hosts,
    port: remote.port,
    signal,
    secure: (stream, transport, target) => secure(stream, transport, target, options),
    onAttempt: (attempt) => options.onAttempt?.(attempt),
  });
}

async function secure(
  first: TransportStream,
  transport: Transport,
  target: Target,
  { remote, identity, transports, clock, signal }: ConnectOptions,
): Promise<Connection> {
  const { serverName, serverPins } = remote;
  const tls = { credentials: identity, serverName, serverPins, signal };
  let below = first;
  let socket;
  try {
    socket = await openTls(below.stream, tls);
  } catch (error) {
    if (!isNotYetValid(error) || clock.isKept()) throw error;
    below = await transport.connect(target, signal);
    const onNotYetValid = (begins: Date): void => clock.isAtLeast(begins);
    socket = await openTls(below.stream, { ...tls, onNotYetValid });
  }
  return {
    ...target,
    socket,
    cipher: `${socket.getProtocol() ?? 'TLS'}, ${socket.getCipher().name}`,
    transport: transport.name,
    rank: transports.indexOf(transport),
    localAddress: below.localAddress,
    isClosedByServer: watchFarewell(socket, below.stream),
  };
}

function isNotYetValid(error: unknown): boolean {
  return error instanceof UplinkError && error.errno === 'CERT_NOT_YET_VALID';
}
