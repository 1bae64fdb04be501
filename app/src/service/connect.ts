/** From the configuration and an identity to a tunnel that both sides have agreed on: transport, name, TLS. */
import type { Duplex } from 'node:stream';
import type { Identity } from '../identity/identity.ts';
import { dial, type Attempt } from '../uplink/dial.ts';
import { watchFarewell } from '../uplink/farewell.ts';
import type { HelloMachine } from '../uplink/hello-offers.ts';
import { agreedOn } from '../uplink/tls.ts';
import type { Target, Transport, TransportStream } from '../uplink/transport.ts';
import type { Config } from './config/config.ts';
import { secureStream, type ServerClock } from './secure-stream.ts';

export interface Connection {
  /** After the handshake; nothing has been read. */
  readonly socket: Duplex;
  /** What was agreed on, for people: version and cipher, and what had to be given up for it. */
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
  readonly machine: HelloMachine;
  readonly signal: AbortSignal;
  readonly onAttempt?: (attempt: Attempt) => void;
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
  { remote, identity, transports, clock, machine, signal }: ConnectOptions,
): Promise<Connection> {
  const connectAgain = (): Promise<TransportStream> => transport.connect(target, signal);
  const options = { remote, identity, clock, machine, signal, connectAgain };
  const { socket, below, without } = await secureStream(first, options);
  const agreed = agreedOn(socket);
  return {
    ...target,
    socket,
    cipher: without === '' ? agreed : `${agreed} (${without})`,
    transport: transport.name,
    rank: transports.indexOf(transport),
    localAddress: below.localAddress,
    isClosedByServer: watchFarewell(socket, below.stream),
  };
}
