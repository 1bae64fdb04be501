/**
 * The router: TLS connections in, sessions, and the one table that says who owns which address. One tunnel per
 * identity: a client that comes again replaces its older session.
 */
import type { X509Certificate } from 'node:crypto';
import { createServer } from 'node:tls';
import type { Server, TLSSocket } from 'node:tls';
import type { PacketDevice } from 'tuntap2';
import { EnvironmentError } from '../../core/errors.ts';
import type { Logger } from '../../platform/log.ts';
import { AddressTable } from './address-table.ts';
import { decide } from './admission.ts';
import type { AdmissionRules } from './admission.ts';
import { BufferPool } from './buffer-pool.ts';
import { ClientSession, peerName } from './client-session.ts';
import { Forwarder } from './forwarder.ts';
import type { Beyond } from './forwarder.ts';
import type { FaultPlan } from './faults.ts';
import { FlushScheduler } from './output-queue.ts';
import { enfServerStatus } from './status.ts';
import type { EnfServerStatus } from './status.ts';
import { TunPort } from './tun-port.ts';

export interface EnfServerOptions {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  readonly rules: AdmissionRules;
  /** What lies behind: a TUN, the built-in echo, or nothing (clients reach only each other). */
  readonly beyond: PacketDevice | 'echo' | undefined;
  readonly faults: FaultPlan;
  readonly log: Logger;
  /** How long one full queue may hold back everybody who sends to it; default 20 ms. */
  readonly patienceMs?: number | undefined;
  /** The TUN failed and does not come back. */
  readonly onDeviceError?: ((error: Error) => void) | undefined;
}

export interface ListenAddress {
  /** Undefined: every address of both families. */
  readonly host: string | undefined;
  readonly port: number;
}

const handshakeTimeoutMs = 15_000;
/** Time for a client that was turned away to close its side. */
const lingerMs = 2000;
const sendBufferBytes = 128 * 1024;

export class EnfServer {
  readonly #options: EnfServerOptions;
  readonly #clients = new AddressTable<ClientSession>();
  readonly #turn: FlushScheduler;
  readonly #pool = new BufferPool(sendBufferBytes);
  readonly #tun: TunPort | undefined;
  readonly #forwarder: Forwarder;
  readonly #servers: Server[] = [];
  readonly #since = new Date();
  #refused = 0;

  constructor(options: EnfServerOptions) {
    this.#options = options;
    this.#turn = new FlushScheduler(options.patienceMs);
    const { beyond } = options;
    let way: Beyond;
    if (beyond === 'echo' || beyond === undefined) {
      way = beyond;
    } else {
      way = this.#tun = new TunPort(beyond, this.#turn, (source, buf, off, end) =>
        this.#forwarder.fromBeyond(source, buf, off, end),
      );
      this.#tun.start((error) => options.onDeviceError?.(error));
    }
    this.#forwarder = new Forwarder(this.#clients, way);
  }

  /** Returns the port, which the system chose when it was 0. Rejects with EnvironmentError. */
  async listen(address: ListenAddress): Promise<number> {
    const server = createServer({
      cert: this.#options.cert,
      key: this.#options.key,
      minVersion: 'TLSv1.2',
      requestCert: true,
      // Everybody is let in, then looked at: see admission.ts.
      rejectUnauthorized: false,
      // Not the system's roots: they would only cost memory.
      ca: [],
      handshakeTimeout: handshakeTimeoutMs,
      noDelay: true,
    });
    server.on('secureConnection', (socket) => this.#accept(socket));
    server.on('tlsClientError', (error, socket) => {
      this.#options.log.info(
        'client-handshake-failed',
        `handshake with ${peerName(socket)} failed: ${error.message}`,
      );
      socket.destroy();
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: Error) => reject(listenError(error, address)));
      server.listen(address.port, address.host, resolve);
    });
    server.on('error', (error: Error) =>
      this.#options.log.error('listen-failed', `listening failed: ${error.message}`),
    );
    this.#servers.push(server);
    const bound = server.address();
    return typeof bound === 'object' && bound !== null ? bound.port : address.port;
  }

  status(): EnfServerStatus {
    return enfServerStatus({
      since: this.#since,
      listening: this.#servers.map((server) => server.address()),
      sessions: [...this.#clients.values()],
      refused: this.#refused,
      packets: this.#forwarder.counters,
      tun: this.#tun,
    });
  }

  /** Ends all sessions in good order and closes the TUN. */
  close(): void {
    for (const server of this.#servers) server.close();
    for (const session of [...this.#clients.values()]) session.close('the server is stopping');
    this.#tun?.device.close();
  }

  #accept(socket: TLSSocket): void {
    const { log, faults, rules } = this.#options;
    const peer = peerName(socket);
    // A refused connection may still fail while it closes.
    socket.on('error', (error: Error) => log.debug(`${peer}: ${error.message}`));
    const manner = faults.refusal();
    if (manner !== undefined) {
      log.info('client-turned-away', `${peer}: turned away on request`);
      if (manner === 'orderly') turnAway(socket);
      else socket.destroy();
      return;
    }
    const certificate: X509Certificate | undefined = socket.getPeerX509Certificate();
    const decision = decide(certificate, rules, new Date());
    if (!decision.admitted) {
      this.#refused++;
      log.warning('client-refused', `${peer} refused: ${decision.reason}`);
      turnAway(socket);
      return;
    }
    this.#open(socket, decision.address, decision.addressText);
  }

  #open(socket: TLSSocket, address: Uint8Array, addressText: string): void {
    const { log, faults } = this.#options;
    this.#clients.find(address, 0)?.close('replaced by a new session');
    const session = new ClientSession({
      socket,
      address,
      addressText,
      turn: this.#turn,
      pool: this.#pool,
      faults: faults.forSession(),
      handlers: {
        onFrames: (from, buf, off, end) => this.#forwarder.fromClient(from, buf, off, end),
        onClosed: (closed, reason) => {
          if (this.#clients.find(closed.address, 0) === closed) this.#clients.delete(address);
          log.info('session-ended', `${closed.addressText} from ${closed.peer} ended: ${reason}`);
        },
      },
    });
    this.#clients.set(address, session);
    const { protocol, cipher } = session.tls;
    log.info(
      'session-opened',
      `${addressText} from ${session.peer}: tunnel open, ${protocol} ${cipher}`,
    );
    session.start();
  }
}

/** An orderly end before the first byte. Reads on, so that what the client had sent does not become a reset. */
function turnAway(socket: TLSSocket): void {
  socket.end();
  socket.resume();
  setTimeout(() => socket.destroy(), lingerMs).unref();
}

function listenError(error: Error, { host, port }: ListenAddress): EnvironmentError {
  const errno = 'code' in error ? String(error.code) : 'EUNKNOWN';
  const hints: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another program listens there; choose another port',
    EACCES: 'ports below 1024 need root or CAP_NET_BIND_SERVICE',
    EADDRNOTAVAIL: 'this machine does not have that address',
  };
  return new EnvironmentError(
    `cannot listen on ${host ?? 'any address'}, port ${port}: ${hints[errno] ?? error.message}`,
    { errno, syscall: 'listen', cause: error },
  );
}
