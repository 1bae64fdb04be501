/** A server of node:tls on loopback, and our client towards it. Everything ends with `close`. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import * as tls from 'node:tls';
import {
  openTls,
  TlsContext,
  type OpenTlsOptions,
  type TlsEnd,
  type TlsStream,
} from '../src/index.ts';
import { clientIdentity, root, serverIdentity, type Identity } from './certificates.ts';
import { OpensslServer } from './openssl-server.ts';

export { clientIdentity, root, serverIdentity };
export const context = new TlsContext({
  roots: root.cert,
  certificate: clientIdentity.cert,
  key: clientIdentity.key,
});
export const handshakeTimeoutMs = 20_000;

export type ClientOptions = Partial<OpenTlsOptions>;

export class Rig {
  readonly #closers: (() => void)[] = [];

  /** The port of a TLS server; `onSession` gets what connects. */
  tlsServer(
    onSession: (session: tls.TLSSocket) => void,
    options: tls.TlsOptions = {},
  ): Promise<number> {
    const server = tls.createServer(
      {
        cert: serverIdentity.cert,
        key: serverIdentity.key,
        ca: root.cert,
        requestCert: true,
        ...options,
      },
      (session) => {
        session.on('error', () => undefined);
        this.#closers.push(() => session.destroy());
        onSession(session);
      },
    );
    server.on('tlsClientError', () => undefined);
    return this.#listen(server);
  }

  /** The port of a server that does not speak TLS, or passes it on. */
  rawServer(onSocket: (socket: Socket) => void, allowHalfOpen = false): Promise<number> {
    return this.#listen(
      createServer({ allowHalfOpen }, (socket) => {
        socket.on('error', () => undefined);
        this.#closers.push(() => socket.destroy());
        onSocket(socket);
      }),
    );
  }

  /** `openssl s_server` with the usual identity; `ca` signs the clients that it trusts. */
  async openssl(args: readonly string[], ca: Identity = root): Promise<OpensslServer> {
    const server = await OpensslServer.start(args, ca);
    this.#closers.push(() => server.close());
    return server;
  }

  async socket(port: number): Promise<Socket> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return socket;
  }

  async client(port: number, options: ClientOptions = {}): Promise<TlsStream> {
    const stream = await openTls({
      context,
      handshakeTimeoutMs,
      ...options,
      socket: await this.socket(port),
    });
    this.#closers.push(() => stream.close());
    return stream;
  }

  close(): void {
    for (const close of this.#closers.splice(0)) close();
  }

  async #listen(server: Server): Promise<number> {
    server.listen(0, '127.0.0.1');
    this.#closers.push(() => server.close());
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }
}

/** Reads a stream to its end: what came, and how it ended. */
export class Reader {
  readonly chunks: Buffer[] = [];
  length = 0;
  end: TlsEnd | undefined;
  readonly ended: Promise<TlsEnd>;
  onWritable: () => void = () => undefined;
  #wake: () => void = () => undefined;

  constructor(stream: TlsStream, bufferBytes = 64 * 1024) {
    const buffer = Buffer.alloc(bufferBytes);
    this.ended = new Promise((resolve) => {
      stream.start({
        onReadable: () => {
          do {
            const length = stream.read(buffer);
            this.chunks.push(Buffer.from(buffer.subarray(0, length)));
            this.length += length;
          } while (stream.hasMore);
          this.#wake();
        },
        onWritable: () => this.onWritable(),
        onEnd: (end) => {
          this.end = end;
          this.#wake();
          resolve(end);
        },
      });
    });
  }

  get data(): Buffer {
    return Buffer.concat(this.chunks);
  }

  /** Waits until that many bytes are there; fails when the session ends before. */
  async until(length: number): Promise<Buffer> {
    while (this.length < length) {
      if (this.end !== undefined)
        throw new RangeError(`ended with ${this.length}: ${JSON.stringify(this.end)}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.data;
  }
}

/** Writes everything, waiting where the stream takes no more; fails when the session ends before. */
export async function writeAll(stream: TlsStream, reader: Reader, data: Uint8Array): Promise<void> {
  const ended = reader.ended.then((end) => {
    throw new RangeError(`ended: ${JSON.stringify(end)}`);
  });
  ended.catch(() => undefined);
  for (let at = 0; at < data.length;) {
    at += stream.write(data, at);
    const writable = new Promise<void>((resolve) => (reader.onWritable = resolve));
    if (at < data.length) await Promise.race([writable, ended]);
  }
}
