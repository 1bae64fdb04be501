/**
 * One TCP connection to one server address, with the options that the tunnel needs. The firewall mark is set before
 * connect, so that the routing rules keep the very first packet out of the tunnel itself.
 */
import type { Socket } from 'node:net';
import { connectTcp } from 'tuntap2';
import { seconds } from '../core/time.ts';

export interface TcpUplinkOptions {
  /** IPv4 or IPv6 literal. */
  readonly address: string;
  readonly port: number;
  /** 0 or less: not marked. */
  readonly fwmark: number;
  readonly signal: AbortSignal;
}

const connectDeadline = seconds(10);
/** Backstop behind the heartbeat, which notices a dead path within half of this. */
const userTimeout = seconds(60);

/** Enough for the kernel to be never idle between two of our writes, little enough not to be felt on a slow path. */
const notSentLowWaterBytes = 64 * 1024;

/** Rejects with the socket library's error. */
export function connectTcpUplink(options: TcpUplinkOptions): Promise<Socket> {
  return connectTcp({
    address: options.address,
    port: options.port,
    mark: Math.max(0, options.fwmark),
    keepAlive: { idleSeconds: 300, probes: 6, intervalSeconds: 10 },
    userTimeoutMs: userTimeout,
    notSentLowWaterBytes,
    noDelay: true,
    timeoutMs: connectDeadline,
    signal: options.signal,
  });
}
