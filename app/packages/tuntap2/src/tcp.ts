/**
 * TCP connections whose socket options are set before `connect`, which Node.js cannot do: a firewall mark decides
 * the route of the very first packet, so it must be there before it is sent.
 *
 * Names are not resolved here: the address is a literal.
 */
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { SocketError } from './errors.ts';
import { isFailure, socketError, sockets, type NativeConnectOptions } from './native-sockets.ts';

export interface TcpKeepAlive {
  /** Silence before the first probe. */
  idleSeconds: number;
  intervalSeconds: number;
  /** Unanswered probes after which the kernel gives the connection up. */
  probes: number;
}

export interface ConnectTcpOptions {
  /** IPv4 or IPv6 literal, the latter with an optional `%zone` (interface name or index). */
  address: string;
  port: number;
  /** Firewall mark (SO_MARK). Needs CAP_NET_ADMIN, or CAP_NET_RAW from Linux 5.17 on. 0 or absent: none. */
  mark?: number | undefined;
  /** Interface to leave by (SO_BINDTODEVICE). */
  device?: string | undefined;
  /** Address of this machine to leave from, a literal without zone; absent: the kernel chooses. */
  source?: string | undefined;
  keepAlive?: TcpKeepAlive | undefined;
  /** TCP_USER_TIMEOUT: how long sent data may stay unacknowledged. */
  userTimeoutMs?: number | undefined;
  /**
   * TCP_NOTSENT_LOWAT: how much may wait in the kernel behind what is on its way already. Without it the kernel takes
   * up to its send buffer's limit, some MiB, which on a slow path is many seconds.
   */
  notSentLowWaterBytes?: number | undefined;
  noDelay?: boolean | undefined;
  /** Deadline of the whole attempt, which then fails with `ETIMEDOUT`. */
  timeoutMs: number;
  /** Aborting fails the attempt with `ECANCELED`; after success it has no effect. */
  signal?: AbortSignal | undefined;
}

/** Resolves with a connected socket; rejects with a `SocketError`. The descriptor never leaks. */
export function connectTcp(options: ConnectTcpOptions): Promise<Socket> {
  const problem = `cannot connect to ${options.address} port ${options.port}`;
  const { signal, timeoutMs } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(cancelled(problem, signal));

    const attempt = sockets().connectTcp(nativeOptions(options), (result) => {
      release();
      if (isFailure(result)) return reject(socketError(problem, result));
      try {
        resolve(adopt(result));
      } catch (error) {
        reject(new SocketError(problem, { errno: 'EINVAL', syscall: 'uv_tcp_open', cause: error }));
      }
    });
    if (isFailure(attempt)) return reject(socketError(problem, attempt));

    const giveUp = (error: SocketError): void => {
      release();
      attempt.close();
      reject(error);
    };
    const onAbort = (): void => giveUp(cancelled(problem, signal));
    const deadline = setTimeout(() => giveUp(timedOut(problem, timeoutMs)), timeoutMs);
    signal?.addEventListener('abort', onAbort);

    function release(): void {
      clearTimeout(deadline);
      signal?.removeEventListener('abort', onAbort);
    }
  });
}

/** Makes a Node.js socket the owner of a connected descriptor. */
function adopt(fd: number): Socket {
  try {
    return new Socket({ fd, readable: true, writable: true });
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function nativeOptions(options: ConnectTcpOptions): NativeConnectOptions {
  const { keepAlive } = options;
  return {
    address: options.address,
    port: options.port,
    mark: options.mark ?? 0,
    device: options.device ?? '',
    source: options.source ?? '',
    keepAliveIdle: keepAlive?.idleSeconds ?? 0,
    keepAliveInterval: keepAlive?.intervalSeconds ?? 0,
    keepAliveProbes: keepAlive?.probes ?? 0,
    userTimeoutMs: options.userTimeoutMs ?? 0,
    notSentLowWaterBytes: options.notSentLowWaterBytes ?? 0,
    noDelay: options.noDelay ?? false,
  };
}

function cancelled(problem: string, signal: AbortSignal | undefined): SocketError {
  return new SocketError(problem, {
    errno: 'ECANCELED',
    syscall: 'connect',
    hint: 'the attempt was aborted',
    cause: signal?.reason,
  });
}

function timedOut(problem: string, timeoutMs: number): SocketError {
  return new SocketError(problem, {
    errno: 'ETIMEDOUT',
    syscall: 'connect',
    hint: `no answer within ${timeoutMs} ms; check the address, and firewalls on the way`,
  });
}
