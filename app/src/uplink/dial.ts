/**
 * Finds a server that can be reached: hosts in the order of the configuration, the addresses of each in the order of
 * the resolver, one after the other; the first connection wins.
 */
import type { Socket } from 'node:net';
import { UplinkError, stoppedError } from './uplink-error.ts';

export interface DialOptions {
  readonly hosts: readonly string[];
  readonly port: number;
  readonly signal: AbortSignal;
  /** Addresses of a host; rejects when there are none. */
  readonly resolve: (host: string, signal: AbortSignal) => Promise<readonly string[]>;
  readonly connect: (address: string, port: number, signal: AbortSignal) => Promise<Socket>;
}

export interface Dialled {
  readonly socket: Socket;
  /** As the configuration names it. */
  readonly host: string;
  /** The literal that was connected to. */
  readonly address: string;
  readonly port: number;
}

/** Rejects with an UplinkError that has one phrase for every address tried. */
export async function dial(options: DialOptions): Promise<Dialled> {
  const { hosts, port, signal, resolve, connect } = options;
  const failures: Error[] = [];
  for (const host of hosts) {
    for (const address of await attempt(() => resolve(host, signal), failures, [])) {
      const socket = await attempt(() => connect(address, port, signal), failures, undefined);
      if (socket !== undefined) return { socket, host, address, port };
    }
    if (signal.aborted) throw stoppedError('connect');
  }
  if (signal.aborted) throw stoppedError('connect');
  throw unreachable(failures);
}

/** Keeps the failure for the message and goes on with `otherwise`. */
async function attempt<T, U>(
  step: () => Promise<T>,
  failures: Error[],
  otherwise: U,
): Promise<T | U> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    failures.push(error);
    return otherwise;
  }
}

function unreachable(failures: readonly Error[]): UplinkError {
  const reasons = failures.map((failure) => failure.message).join('; ');
  const message =
    failures.length === 0
      ? 'no server to connect to: remote.hosts is empty'
      : `no server reachable: ${reasons}`;
  const last = failures.at(-1) as NodeJS.ErrnoException | undefined;
  return new UplinkError('unreachable', message, {
    errno: typeof last?.errno === 'string' ? last.errno : (last?.code ?? 'EDESTADDRREQ'),
    syscall: 'connect',
    cause: failures.length > 1 ? new AggregateError(failures) : last,
  });
}
