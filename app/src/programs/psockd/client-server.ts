/**
 * The clients of psockd: each AF_UNIX connection asks for one connection of the host, gets the result, and is it
 * from then on; or it is notified when the host comes and goes.
 */
import type { Socket } from 'node:net';
import { bridge, type CardSession, type HostPresence } from 'hss';
import { milliseconds } from '../../core/time.ts';
import { systemClock } from '../../platform/deadline-timer.ts';
import type { Logger } from '../../platform/log.ts';
import { maxRequestBytes, parseRequest, type ClientRequest } from './request-line.ts';

export interface ClientServerOptions {
  readonly session: CardSession;
  readonly status: () => object;
  readonly log: Logger;
  /** For the first message of a host that has sent nothing yet; longer than its program needs to restart. */
  readonly silenceMs?: number;
  /** For the request, however its bytes arrive. */
  readonly requestMs?: number;
}

const maxClients = 32;
const defaultSilenceMs = 3000;
/** For the request, which fits one write. */
const defaultRequestMs = 5000;
/** What may be buffered of a client that sends data before its connection is made. */
const maxEarlyBytes = 16 * 1024;
const lineFeed = 0x0a;

export class ClientServer {
  readonly #options: ClientServerOptions;
  readonly #clients = new Set<Socket>();
  readonly #watchers = new Set<Socket>();

  constructor(options: ClientServerOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#clients.size;
  }

  /** Serves a connection of a server that allows half-open ones. */
  accept(client: Socket): void {
    client.on('error', () => undefined);
    if (this.#clients.size >= maxClients) return refuse(client, 'EUSERS');
    this.#clients.add(client);
    const { requestMs = defaultRequestMs } = this.#options;
    const cancelDeadline = systemClock.schedule(milliseconds(requestMs), () =>
      refuse(client, 'ETIMEDOUT'),
    );
    client.once('close', () => {
      cancelDeadline();
      this.#clients.delete(client);
    });
    // Read on while the host connects: else the end of the client would go unnoticed.
    let received = Buffer.alloc(0);
    let isServed = false;
    const onData = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk]);
      if (isServed) {
        if (received.length > maxEarlyBytes) client.destroy();
        return;
      }
      const end = received.indexOf(lineFeed);
      if (end < 0 && received.length <= maxRequestBytes) return;
      cancelDeadline();
      if (end < 0) return refuse(client, 'EPROTO');
      isServed = true;
      const line = received.toString('latin1', 0, end);
      received = received.subarray(end + 1);
      this.#serve(client, parseRequest(line), release);
    };
    const onEnd = (): void => void client.destroy();
    const release = (): void => {
      client.off('data', onData);
      client.off('end', onEnd);
      if (received.length > 0) client.unshift(received);
    };
    client.on('data', onData);
    client.on('end', onEnd);
  }

  presenceChanged(presence: HostPresence): void {
    this.#tellWatchers(presence);
  }

  /** What connects now may begin elsewhere than what is connected. */
  hostMoved(): void {
    this.#tellWatchers('moved');
  }

  close(): void {
    for (const client of this.#clients) client.destroy();
  }

  #tellWatchers(word: HostPresence | 'moved'): void {
    for (const watcher of this.#watchers) {
      if (watcher.writableLength > maxEarlyBytes) watcher.destroy();
      else watcher.write(`${word}\n`);
    }
  }

  /** `release` gives the client's bytes to who serves it. */
  #serve(client: Socket, request: ClientRequest, release: () => void): void {
    switch (request.kind) {
      case 'status':
        release();
        // Whatever the client does: one that does not close would hold its place.
        client.end(`${JSON.stringify(this.#options.status())}\n`, () => client.destroy());
        return;
      case 'watch':
        return this.#watch(client, release);
      case 'wrong':
        this.#options.log.debug(`a client's request: ${request.problem}`);
        return refuse(client, 'EINVAL');
      case 'connect':
        return this.#connect(client, request, release);
    }
  }

  #watch(client: Socket, release: () => void): void {
    release();
    this.#watchers.add(client);
    client.once('close', () => this.#watchers.delete(client));
    client.once('end', () => client.destroy());
    client.resume();
    client.write(`${this.#options.session.presence}\n`);
  }

  #connect(
    client: Socket,
    { to, deadlineMs }: ClientRequest & { kind: 'connect' },
    release: () => void,
  ): void {
    const { session, silenceMs = defaultSilenceMs } = this.#options;
    if (session.presence === 'unplugged') return refuse(client, 'ENETDOWN');
    const bridged = bridge(client);
    const stopWaiting = (): void => {
      cancelDeadline();
      cancelSilence();
    };
    const giveUp = (errno: string): void => {
      stopWaiting();
      refuse(client, errno);
    };
    // A host without psock-host never answers: no client shall spend its whole time on that.
    const cancelSilence = systemClock.schedule(milliseconds(silenceMs), () => {
      if (session.presence !== 'silent') return;
      session.giveUp(socket);
      giveUp('EHOSTDOWN');
    });
    const cancelDeadline = systemClock.schedule(milliseconds(deadlineMs), () => {
      const isHostSilent = session.giveUp(socket);
      giveUp(isHostSilent ? 'EHOSTDOWN' : 'ETIMEDOUT');
    });
    let isConnected = false;
    const socket = session.connect(to, {
      onConnect: () => {
        stopWaiting();
        isConnected = true;
        client.write('ok\n');
        release();
        bridged.attach(socket);
      },
      onData: (data, consumed) => bridged.onData(data, consumed),
      onEnd: () => bridged.onEnd(),
      onClose: (errno) => {
        if (isConnected) bridged.onClose(errno);
        else giveUp(errno ?? 'ECONNRESET');
      },
    });
    client.once('close', () => {
      stopWaiting();
      if (!isConnected) socket.destroy();
    });
  }
}

function refuse(client: Socket, errno: string): void {
  client.end(`error ${errno}\n`, () => client.destroy());
}
