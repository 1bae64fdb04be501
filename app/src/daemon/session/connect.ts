/** From the configuration and an identity to a tunnel that both sides have agreed on: transport, name, TLS. */
import type { Clock } from '../../core/time.ts';
import type { Identity } from '../../identity/identity.ts';
import { Search, type Tried } from '../../uplink/search/search.ts';
import type { HelloMachine } from '../../uplink/hello-offers.ts';
import type { AddressMemory } from '../../uplink/search/address-memory.ts';
import { RestartingSearch, type ServerSearch } from '../../uplink/search/restarting-search.ts';
import type { SecureStream } from '../../uplink/secure-stream.ts';
import type { Target, Transport, TransportStream } from '../../uplink/transport.ts';
import type { Config } from '../../config/config.ts';
import type { TlsClient } from './handshake.ts';
import { secureConnection, type ServerClock } from './secure-connection.ts';

export interface Connection {
  /** After the handshake; nothing has been read. */
  readonly stream: SecureStream;
  /** What was agreed on, for people: version and cipher, and what had to be given up for it. */
  readonly cipher: string;
  /** Name of the transport, and its position among all; 0 is the one preferred. */
  readonly transport: string;
  readonly rank: number;
  /** The server as the configuration names it, and its address as a literal. */
  readonly host: string;
  readonly address: string;
  readonly port: number;
  /** Ours, towards the server; without a zone. Undefined where the transport has none. */
  readonly localAddress: string | undefined;
}

export interface ConnectOptions {
  readonly remote: Config['remote'];
  readonly identity: Identity;
  /** In order of preference. */
  readonly transports: readonly Transport[];
  /** Only transports from this position on. */
  readonly from?: number | undefined;
  /** Only transports better than the one at this position. */
  readonly below?: number | undefined;
  readonly clock: ServerClock;
  readonly machine: HelloMachine;
  readonly tls: TlsClient;
  readonly timing: Clock;
  /** Of earlier searches. */
  readonly memory: AddressMemory;
  readonly signal: AbortSignal;
  readonly onAttempt?: (attempt: Tried) => void;
  /** The search starts over, for this reason. */
  readonly onRestart?: ((reason: string) => void) | undefined;
}

/** Starts a search, which ends with a connection or fails. */
export function connectToServer(options: ConnectOptions): ServerSearch<Connection> {
  const { transports, from = 0, below = transports.length, remote, timing, memory } = options;
  const run = (signal: AbortSignal): Search<Connection> =>
    new Search({
      transports: transports.slice(from, below),
      hosts: remote.hosts,
      port: remote.port,
      signal,
      clock: timing,
      memory,
      secure: async (stream, { transport, target, host }, given) => ({
        host,
        ...(await secure(stream, transport, target, { ...options, signal: given })),
      }),
      release: ({ stream }) => stream.close(),
      onAttempt: (attempt) => options.onAttempt?.(attempt),
    });
  const { signal, onRestart } = options;
  return new RestartingSearch({ run, clock: timing, signal, onRestart });
}

async function secure(
  first: TransportStream,
  transport: Transport,
  target: Target,
  { remote, identity, transports, clock, machine, tls, signal }: ConnectOptions,
): Promise<Omit<Connection, 'host'>> {
  const connectAgain = (): Promise<TransportStream> => transport.connect(target, signal);
  const options = { remote, identity, clock, machine, tls, signal, connectAgain };
  const { stream, localAddress, without } = await secureConnection(first, options);
  return {
    ...target,
    stream,
    cipher: without === '' ? stream.agreed : `${stream.agreed} (${without})`,
    transport: transport.name,
    rank: transports.indexOf(transport),
    localAddress,
  };
}
