/**
 * Connections that the host at the USB port makes for this card: each is one stream to psockd
 * (docs/protocol/psockd.md), over which TLS runs like over TCP.
 */
import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { EnvironmentError } from '../core/errors.ts';
import { milliseconds, seconds, type Clock, type Duration } from '../core/time.ts';
import { BorrowedNames, type NameSource } from './dns/borrowed-names.ts';
import { addressesOf, type ServerHost } from './server-host.ts';
import type { Target, Transport, TransportStream } from './transport.ts';
import { watchPsock, type PsockWatch } from './psock-watch.ts';
import { stoppedError } from './uplink-error.ts';

export interface PsockTransportOptions {
  /** Of psockd. */
  readonly socket: string;
  readonly names: NameSource;
  readonly deadline?: Duration;
  readonly clock: Pick<Clock, 'schedule'>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** See `Transport`. */
  readonly isOptional?: boolean;
}

/** Longer than the deadline of psockd, so that its answer gives the reason. */
const graceMs = 2000;
const maxAnswerBytes = 64;
const lineFeed = 0x0a;
const dnsPort = 53;

const explanations: Record<string, string> = {
  ENETDOWN: 'no host is connected to the USB port',
  EHOSTDOWN: 'psock-host does not answer; is it running on the host?',
  ENETUNREACH: 'the host has no route there, or its policy forbids it; psock-host logs which',
  ECONNREFUSED: 'the server refused the connection of the host',
  ETIMEDOUT: 'the host got no answer from the server',
  EREMOTEIO: 'the host cannot make the connection',
  EUSERS: 'psockd has too many clients',
  EMFILE: 'this program has too many files open',
  ENFILE: 'this machine has too many files open',
};

export class PsockTransport implements Transport {
  readonly name = 'psock';
  /** The host lends few sockets, and other programs of this machine use them, too. */
  readonly mostAtOnce = 4;
  readonly isOptional: boolean;
  readonly #socket: string;
  readonly #deadline: Duration;
  readonly #names: BorrowedNames;
  readonly #clock: PsockTransportOptions['clock'];
  readonly #random: () => number;
  #watch: PsockWatch | undefined;

  constructor(options: PsockTransportOptions) {
    this.isOptional = options.isOptional ?? false;
    this.#socket = options.socket;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#deadline = options.deadline ?? seconds(15);
    this.#names = new BorrowedNames({
      ...options.names,
      transport: this.name,
      connect: (address, deadline, signal) =>
        this.#open({ address, port: dnsPort }, deadline, signal),
    });
  }

  unavailable(): string | undefined {
    if (existsSync(this.#socket)) return undefined;
    return `there is no ${this.#socket}; is psockd running?`;
  }

  resolve(host: ServerHost, signal: AbortSignal): Promise<readonly string[]> {
    if (signal.aborted) return Promise.reject(stoppedError('getaddrinfo'));
    return addressesOf(host, (name) => this.#names.resolve(name, signal));
  }

  async connect(target: Target, signal: AbortSignal): Promise<TransportStream> {
    return { stream: await this.#open(target, this.#deadline, signal), localAddress: undefined };
  }

  localAddressTowards(): undefined {
    return undefined;
  }

  networkChanged(): void {}

  watch(onUsable: () => void, onMoved: () => void): () => void {
    const clock = this.#clock;
    const random = this.#random;
    const watch = watchPsock({
      socket: this.#socket,
      onAnswering: onUsable,
      onMoved,
      clock,
      random,
    });
    this.#watch = watch;
    return () => watch.stop();
  }

  /** Resolves when psockd has said yes; everything after its answer belongs to the connection. */
  #open({ address, port }: Target, deadline: Duration, signal: AbortSignal): Promise<Socket> {
    const request = `connect ${address} ${port} ${Math.floor(deadline)}\n`;
    const problem = `cannot connect to ${address} port ${port} over psock`;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(stoppedError('connect'));
      // In front of the request, so that psockd reports every move of the host from then on.
      this.#watch?.retryNow();
      const stream = connect(this.#socket);
      const longest = milliseconds(deadline + graceMs);
      const cancel = this.#clock.schedule(longest, () => fail('ETIMEDOUT'));
      const onAbort = (): void => settle(() => reject(stoppedError('connect')));
      const onError = (error: NodeJS.ErrnoException): void => fail(error.code ?? 'EIO', error);
      const onClose = (): void => fail('ECONNRESET');
      signal.addEventListener('abort', onAbort);
      stream.on('error', onError);
      stream.on('close', onClose);
      stream.write(request);
      let received = Buffer.alloc(0);
      // Not by 'data' events: the next owner shall find the stream as if it were unread.
      const onReadable = (): void => {
        for (let chunk = read(stream); chunk !== null; chunk = read(stream)) {
          received = Buffer.concat([received, chunk]);
          const end = received.indexOf(lineFeed);
          if (end < 0 && received.length <= maxAnswerBytes) continue;
          const answer = received.toString('latin1', 0, Math.max(end, 0));
          if (answer !== 'ok') return fail(/^error (E[A-Z0-9]+)$/.exec(answer)?.[1] ?? 'EPROTO');
          release();
          if (received.length > end + 1) stream.unshift(received.subarray(end + 1));
          return resolve(stream);
        }
      };
      stream.on('readable', onReadable);

      function release(): void {
        cancel();
        signal.removeEventListener('abort', onAbort);
        stream.off('readable', onReadable);
        stream.off('close', onClose);
        stream.off('error', onError);
      }
      function settle(then: () => void): void {
        release();
        stream.on('error', () => undefined);
        stream.destroy();
        then();
      }
      function fail(errno: string, cause?: unknown): void {
        const words = explanations[errno] ?? 'is psockd running?';
        const details = { errno, syscall: 'connect', cause };
        settle(() => reject(new EnvironmentError(`${problem}: ${words} (${errno})`, details)));
      }
    });
  }
}

/** Typed as anything by Node; a socket without encoding gives bytes. */
function read(stream: Socket): Buffer | null {
  return stream.read() as Buffer | null;
}
