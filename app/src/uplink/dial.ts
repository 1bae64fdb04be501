/**
 * Finds a server that can be used: transports in order, for each the hosts in the order of the configuration, and the
 * addresses of each in the order of the resolver, one after the other; the first whole connection wins. A server that
 * fails in the TLS handshake is passed over like one that cannot be reached.
 */
import { TuntapError } from 'tuntap2';
import { EnvironmentError } from '../core/errors.ts';
import type { Target, Transport, TransportStream } from './transport.ts';
import { UplinkError, stoppedError, type UplinkFailure } from './uplink-error.ts';

/** One thing tried, for the status. */
export interface Attempt {
  readonly transport: string;
  readonly host: string;
  /** Undefined when the name had no address, or the transport itself could not be used. */
  readonly address: string | undefined;
  /** Why it was of no use; undefined for the one that succeeded. */
  readonly problem: string | undefined;
}

export interface DialOptions<Connection> {
  readonly transports: readonly Transport[];
  readonly hosts: readonly string[];
  readonly port: number;
  readonly signal: AbortSignal;
  /** From a stream to a connection. Owns the stream; rejects when the server is of no use. */
  readonly secure: (
    stream: TransportStream,
    transport: Transport,
    target: Target,
  ) => Promise<Connection>;
  readonly onAttempt?: (attempt: Attempt) => void;
}

/** Rejects with an UplinkError that has one phrase for every transport, host and address tried. */
export async function dial<Connection>(options: DialOptions<Connection>): Promise<Connection> {
  const { transports, hosts, port, signal, secure, onAttempt } = options;
  const failures: Error[] = [];

  /** Undefined when the step failed for a reason outside of us, which is kept. A fault of ours is nobody's bad server. */
  async function attempt<T>(
    step: () => Promise<T>,
    where: Omit<Attempt, 'problem'>,
  ): Promise<T | undefined> {
    if (signal.aborted) throw stoppedError('connect');
    try {
      return await step();
    } catch (error) {
      if (!isOutside(error)) throw error;
      if (signal.aborted) throw stoppedError('connect');
      failures.push(error);
      onAttempt?.({ ...where, problem: error.message });
      return undefined;
    }
  }

  for (const transport of transports) {
    if (transport.isOptional === true && transport.unavailable() !== undefined) continue;
    for (const host of hosts) {
      const where = { transport: transport.name, host, address: undefined };
      const addresses = await attempt(() => addressesOf(transport, host, signal), where);
      for (const address of addresses ?? []) {
        const target = { address, port };
        const connection = await attempt(
          async () => secure(await transport.connect(target, signal), transport, target),
          { ...where, address },
        );
        if (connection === undefined) continue;
        onAttempt?.({ ...where, address, problem: undefined });
        return connection;
      }
    }
  }
  if (signal.aborted) throw stoppedError('connect');
  throw summary(failures);
}

async function addressesOf(
  transport: Transport,
  host: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const problem = transport.unavailable();
  if (problem === undefined) return transport.resolve(host, signal);
  throw new EnvironmentError(`${transport.name}: ${problem}`, {
    errno: 'ENETDOWN',
    syscall: 'connect',
  });
}

function isOutside(error: unknown): error is Error {
  if (error instanceof EnvironmentError || error instanceof TuntapError) return true;
  return error instanceof Error && error.name === 'AbortError';
}

/** What got furthest says most about what is wrong. */
const depth: Readonly<Record<UplinkFailure, number>> = {
  stopped: 0,
  unreachable: 1,
  'handshake-failed': 2,
  'server-untrusted': 3,
};

function summary(failures: readonly Error[]): UplinkError {
  const [first] = failures;
  if (first === undefined) {
    const problem = 'no server to connect to; name one in remote.hosts';
    return new UplinkError('unreachable', problem, { errno: 'EDESTADDRREQ', syscall: 'connect' });
  }
  if (failures.length === 1 && first instanceof UplinkError) return first;
  const kinds = failures.map((error) =>
    error instanceof UplinkError ? error.failure : 'unreachable',
  );
  const kind = kinds.reduce((a, b) => (depth[b] > depth[a] ? b : a));
  const words = [...new Set(failures.map(({ message }) => message))].join('; ');
  return new UplinkError(kind, words, {
    errno: symbolicErrno(first),
    syscall: 'connect',
    cause: failures.length > 1 ? new AggregateError(failures) : first,
  });
}

function symbolicErrno(error: Error): string {
  return 'errno' in error && typeof error.errno === 'string' ? error.errno : 'EHOSTUNREACH';
}
