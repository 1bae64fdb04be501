/** Servers on the loopback interface for the tests of both TLS libraries, and the credentials of both sides. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import * as net from 'node:net';
import * as tls from 'node:tls';
import { createAuthority, type Credential } from '../../../src/dev/pki/authority.ts';

export const authority = createAuthority();
export const server = authority.issueServer({ name: 'router.example' });
export const client = authority.issueClient('fd00:8f80:1::1234');

/** Validity times in the past and to come. */
export const past = { notBefore: new Date('2001-01-01'), notAfter: new Date('2002-12-31') };
export const later = { notBefore: new Date('2090-01-01'), notAfter: new Date('2099-12-31') };
/** Of a server that is good but for the time. */
export const future = authority.issueServer({ name: 'router.example', validity: later });

/** The last byte of the signature is another one. */
export function forged({ cert, key }: Credential): Credential {
  const der = Buffer.from(new X509Certificate(cert).raw);
  der[der.length - 1]! ^= 1;
  const base64 = der.toString('base64').replace(/.{64}/g, '$&\n');
  return { cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`, key };
}

/** Asks for a certificate and takes any, or none. */
export function tlsServer(credential: Credential, options: tls.TlsOptions = {}): tls.Server {
  const own = { ...credential, ca: authority.cert, requestCert: true, rejectUnauthorized: false };
  return tls.createServer({ ...own, ...options }).on('tlsClientError', () => undefined);
}

/** Connections to servers. `close` ends them all. */
export class Loopback {
  readonly #open: { close(): unknown }[] = [];
  readonly #sockets: net.Socket[] = [];

  /** Starts the server, and connects to it. */
  async connectTo(listener: net.Server): Promise<net.Socket> {
    this.closeLater(listener);
    listener.on('connection', (socket: net.Socket) =>
      this.#sockets.push(socket.on('error', () => undefined)),
    );
    await once(listener.listen(0, '127.0.0.1'), 'listening');
    const socket = net.connect((listener.address() as net.AddressInfo).port, '127.0.0.1');
    this.#sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  }

  /** The server's end of the last connection, once it has accepted it. */
  get accepted(): net.Socket {
    return this.#sockets.at(-1)!;
  }

  closeLater(one: { close(): unknown }): void {
    this.#open.push(one);
  }

  close(): void {
    for (const socket of this.#sockets.splice(0)) socket.destroy();
    for (const one of this.#open.splice(0)) one.close();
  }
}
