/**
 * Finds a server that can be used: hosts in the order of the configuration, the addresses of each in the order of
 * the resolver, one after the other; the first whole connection wins. A server that fails in the TLS handshake is
 * passed over like one that cannot be reached.
 */
import { TuntapError } from 'tuntap2';
import { EnvironmentError } from '../core/errors.ts';
import { UplinkError, stoppedError } from './uplink-error.ts';

export interface DialOptions<Connection> {
  readonly hosts: readonly string[];
  readonly signal: AbortSignal;
  /** Addresses of a host; rejects when there are none. */
  readonly resolve: (host: string, signal: AbortSignal) => Promise<readonly string[]>;
  /** Rejects when this address is of no use. */
  readonly connect: (address: string, signal: AbortSignal) => Promise<Connection>;
}

/** Rejects with an UplinkError that has one phrase for every host and address tried. */
export async function dial<Connection>(options: DialOptions<Connection>): Promise<Connection> {
  const { hosts, signal, resolve, connect } = options;
  const failures: Error[] = [];
  for (const host of hosts) {
    const addresses = await attempt(() => resolve(host, signal), failures);
    for (const address of addresses ?? []) {
      if (signal.aborted) break;
      const connection = await attempt(() => connect(address, signal), failures);
      if (connection !== undefined) return connection;
    }
    if (signal.aborted) throw stoppedError('connect');
  }
  throw summary(failures);
}

/** Undefined when the step failed for a reason outside of us, which is kept. A fault of ours is nobody's bad server. */
async function attempt<T>(step: () => Promise<T>, failures: Error[]): Promise<T | undefined> {
  try {
    return await step();
  } catch (error) {
    if (!isOutside(error)) throw error;
    failures.push(error);
    return undefined;
  }
}

function isOutside(error: unknown): error is Error {
  if (error instanceof EnvironmentError || error instanceof TuntapError) return true;
  return error instanceof Error && error.name === 'AbortError';
}

function summary(failures: readonly Error[]): UplinkError {
  const [first] = failures;
  if (first === undefined) {
    const problem = 'no server to connect to; name one in remote.hosts';
    return new UplinkError('unreachable', problem, { errno: 'EDESTADDRREQ', syscall: 'connect' });
  }
  if (failures.length === 1 && first instanceof UplinkError) return first;
  return new UplinkError('unreachable', failures.map((failure) => failure.message).join('; '), {
    errno: symbolicErrno(first),
    syscall: 'connect',
    cause: failures.length > 1 ? new AggregateError(failures) : first,
  });
}

function symbolicErrno(error: Error): string {
  return 'errno' in error && typeof error.errno === 'string' ? error.errno : 'EHOSTUNREACH';
}
