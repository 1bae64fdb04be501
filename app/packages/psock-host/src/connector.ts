/** Makes one connection for a card: policy, route, TCP; tells the card and the reporter how it went. */
import { networkInterfaces } from 'node:os';
import { connectTcp, TuntapError } from 'tuntap2';
import {
  bridge,
  resultCode,
  resultOfErrno,
  type Answer,
  type Connecting,
  type SocketAddress,
} from 'hss';
import { formatAddress, refusal, type Rule } from './policy.ts';
import type { Report } from './report.ts';
import { routeAround } from './route.ts';

export interface ConnectorOptions {
  readonly rules: readonly Rule[];
  /** The card's own, by which nothing may leave. */
  readonly cardInterfaces: () => readonly string[];
  readonly report: Report;
  /** Something is to be sent to the card. */
  readonly pump: () => void;
  readonly route?: typeof routeAround;
}

/** Shorter than the 30 s after which a card of the C system gives up. */
const connectMs = 20_000;
/** A server that acknowledges nothing for so long is gone. */
const userTimeoutMs = 60_000;

export function connectFor(
  to: SocketAddress,
  answer: Answer,
  options: ConnectorOptions,
): Connecting {
  const { rules, report, pump, route = routeAround } = options;
  const address = formatAddress(to.address);
  const place = { address, port: to.port };
  const ending = new AbortController();
  let connected: ReturnType<typeof bridge> | undefined;

  const finish = (result: number): void => {
    answer(result);
    pump();
  };
  const attempt = async (): Promise<void> => {
    const closed = refusal(to.address, to.port, { rules, ownAddresses });
    if (closed !== undefined) {
      report({ event: 'refused', ...place, reason: closed });
      return finish(resultCode.networkUnreachable);
    }
    const way = await route(address, options.cardInterfaces());
    if (way === undefined) {
      report({ event: 'failed', ...place, errno: 'ENETUNREACH', reason: 'no route but the card' });
      return finish(resultCode.networkUnreachable);
    }
    const { signal } = ending;
    const limits = { timeoutMs: connectMs, userTimeoutMs };
    const stream = await connectTcp({ ...place, ...way, ...limits, signal, noDelay: true });
    if (signal.aborted) return void stream.destroy();
    // The card may close its half first.
    stream.allowHalfOpen = true;
    stream.once('close', () => {
      const { bytesWritten, bytesRead } = stream;
      report({ event: 'closed', ...place, sent: bytesWritten, received: bytesRead });
    });
    connected = bridge(stream, pump);
    report({ event: 'connected', ...place, device: way.device });
    finish(resultCode.success);
  };
  attempt().catch((error: unknown) => {
    const errno = error instanceof TuntapError ? error.errno : 'EIO';
    if (errno !== 'ECANCELED') {
      const reason = error instanceof Error ? error.message : String(error);
      report({ event: 'failed', ...place, errno, reason });
    }
    finish(resultOfErrno(errno));
  });

  return {
    onEstablished: (socket) => connected?.attach(socket),
    onData(data, consumed) {
      if (connected === undefined) consumed();
      else connected.onData(data, consumed);
    },
    onEnd: () => connected?.onEnd(),
    onClose(errno) {
      ending.abort();
      connected?.onClose(errno);
    },
  };
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((entries) =>
    (entries ?? []).map(({ address }) => address),
  );
}
