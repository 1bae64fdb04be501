/**
 * The sessions that follow each other without a pause: the first runs over the connection that was found, and another
 * one takes its place whenever a better transport works again, or the transport in use would begin elsewhere. The way
 * to the server is watched meanwhile.
 */
import type { Identity } from '../../identity/identity.ts';
import { describeCause, type DisconnectCause } from '../../tunnel/disconnect-cause.ts';
import type { HeartbeatOptions } from '../../tunnel/heartbeat.ts';
import { RenewalChoice } from '../../tunnel/renewal-choice.ts';
import type { SessionEnd } from '../../tunnel/session-policy.ts';
import type { ServerSearch } from '../../uplink/search/restarting-search.ts';
import type { Connection } from './connect.ts';
import { release, type ConnectRequest } from './connection-finder.ts';
import type { DataPath } from '../packets/data-path.ts';
import type { Clock } from '../../core/time.ts';
import type { DeadlineTimer } from '../../platform/deadline-timer.ts';
import type { Logger } from '../../platform/log.ts';
import { TransportHandover } from './transport-handover.ts';
import { TriedList } from './tried-list.ts';
import type { TunnelRecord } from './tunnel-record.ts';
import { TunnelSession } from './tunnel-session.ts';

/** Where the packets of a session come from and go to. */
export type Attachable = Pick<DataPath, 'attach' | 'sendFirst' | 'detach'>;

export interface TunnelSessionsOptions {
  readonly heartbeat: () => HeartbeatOptions;
  readonly clock: Clock;
  readonly timer: DeadlineTimer;
  readonly log: Logger;
  readonly record: TunnelRecord;
  readonly handover: TransportHandover<Connection>;
  readonly connect: (request: ConnectRequest) => ServerSearch<Connection>;
  /**
   * The local address from which the kernel would reach the server of this connection now, undefined where that cannot
   * be known. Throws if no route leads to it.
   */
  readonly probeRoute: (connection: Connection) => string | undefined;
  /** Whether the server of this connection has proved to be of use. */
  readonly onServerProved: (connection: Connection, isUseful: boolean) => void;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** A session has begun. */
  readonly onUp: () => void;
  /** The server of the current session has sent its first bytes. */
  readonly onAccepted: () => void;
  /** Why a session ends whose signal was aborted. */
  readonly ownCause: () => DisconnectCause;
  /** A fault of ours. */
  readonly onBug: (error: unknown) => void;
}

/** Causes of ours, which say nothing about the server. */
const ownCauses: readonly DisconnectCause['kind'][] = [
  'stopped',
  'reloaded',
  'moved',
  'route-changed',
];

const movedReason = 'the network behind its transport has changed';
const wornReason = 'its keys have protected as much as they should';

export class TunnelSessions {
  readonly #options: TunnelSessionsOptions;
  /** Makes a new connection over the transport in use. */
  readonly #renewer: TransportHandover<Connection>;
  /** Why the renewer makes one. */
  #renewalReason = movedReason;
  #current: { tunnel: TunnelSession; connection: Connection } | undefined;

  constructor(options: TunnelSessionsOptions) {
    this.#options = options;
    this.#renewer = new TransportHandover({
      ...options,
      choice: new RenewalChoice(options.random),
      release,
      onStanding: () => this.#renewalStands(),
    });
  }

  /** A tunnel is up. */
  get isUp(): boolean {
    return this.#current !== undefined;
  }

  /** Resolves when the last session has ended; never rejects. Owns the connection. */
  async run(
    first: Connection,
    identity: Identity,
    dataPath: Attachable,
    signal: AbortSignal,
  ): Promise<SessionEnd> {
    let connection = first;
    for (;;) {
      const end = await this.#runOne(connection, identity, dataPath, signal);
      const next = end.cause.kind === 'moved' ? this.#takeNext() : undefined;
      if (next?.transport !== connection.transport) this.#renewer.giveUp();
      if (next === undefined) return end;
      this.#recordMove(connection, next, end.cause);
      connection = next;
    }
  }

  /** Idempotent. */
  close(): void {
    this.#renewer.close();
  }

  /** Connections over this transport would now begin elsewhere; those that there are go on. */
  transportMoved(name: string): void {
    if (this.#current?.connection.transport !== name) return;
    this.#renewalReason = movedReason;
    this.#renewer.routesChanged();
  }

  /** A session that would begin elsewhere now ends; another one asks its server for a sign of life. */
  routesChanged(): void {
    if (this.#current === undefined) return;
    const { tunnel, connection } = this.#current;
    const change = this.#routeChange(connection);
    if (change === undefined) tunnel.probe();
    else tunnel.end({ kind: 'route-changed', detail: change });
  }

  /** The handover has a connection over the transport at this position. */
  betterStands(rank: number): void {
    if (this.#current === undefined) return;
    const { tunnel, connection } = this.#current;
    if (rank < connection.rank) {
      tunnel.end({ kind: 'moved', detail: 'a better transport works again' });
    } else {
      this.#options.handover.giveUp();
    }
  }

  async #runOne(
    connection: Connection,
    identity: Identity,
    dataPath: Attachable,
    signal: AbortSignal,
  ): Promise<SessionEnd> {
    const { heartbeat, clock, timer, log, record, handover, ownCause } = this.#options;
    const { onServerProved, onUp, onAccepted } = this.#options;
    const { stream, transport, rank, address, port, localAddress, cipher } = connection;
    onUp();
    const tunnel = new TunnelSession({
      stream,
      address: identity.address,
      dataPath,
      heartbeat: heartbeat(),
      clock,
      timer,
      onAccepted: () => {
        onServerProved(connection, true);
        onAccepted();
      },
      onKeysWorn: () => this.#keysWorn(),
    });
    log.info(
      'tunnel-up',
      `tunnel up: ${identity.addressText} through ${address} port ${port} (${transport}, ${cipher})`,
    );
    const facts = { transport, server: address, port, localAddress, cipher, tls: stream.library };
    record.up(facts, () => ({ lastHeard: tunnel.lastHeard, keyUpdates: stream.keyUpdates }));
    const stop = (): void => tunnel.end(ownCause());
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    this.#current = { tunnel, connection };
    handover.sessionStarted(rank, (given) =>
      this.#connectBeside({ identity, signal: given, below: rank }),
    );
    this.#renewer.sessionStarted(rank, (given) =>
      this.#connectBeside({ identity, signal: given, from: rank, below: rank + 1 }),
    );
    try {
      const end = await tunnel.ended;
      const isServerToBlame = !end.heardServer && !ownCauses.includes(end.cause.kind);
      if (isServerToBlame) onServerProved(connection, false);
      return end;
    } finally {
      handover.sessionEnded();
      this.#renewer.sessionEnded();
      this.#current = undefined;
      signal.removeEventListener('abort', stop);
    }
  }

  /** The renewer has a connection. */
  #renewalStands(): void {
    if (this.#current === undefined) return this.#renewer.giveUp();
    this.#current.tunnel.end({ kind: 'moved', detail: this.#renewalReason });
  }

  /** A new connection has new keys. */
  #keysWorn(): void {
    this.#renewalReason = wornReason;
    this.#renewer.routesChanged();
  }

  #takeNext(): Connection | undefined {
    return this.#options.handover.take() ?? this.#renewer.take();
  }

  #recordMove(from: Connection, to: Connection, cause: DisconnectCause): void {
    const isSame = from.transport === to.transport;
    const where = isSame ? `another connection over ${to.transport}` : to.transport;
    this.#options.record.ended(cause);
    this.#options.log.info('tunnel-moved', `tunnel moved to ${where}: ${describeCause(cause)}`);
  }

  /** A search beside a session: what it has tried is recorded when it is over. */
  #connectBeside(
    request: Omit<ConnectRequest, 'onAttempt' | 'onRestart'>,
  ): ServerSearch<Connection> {
    let tried = new TriedList();
    const search = this.#options.connect({
      ...request,
      onAttempt: (attempt) => tried.add(attempt),
      onRestart: () => (tried = new TriedList()),
    });
    const recordTried = (): void => this.#options.record.triedAgain(tried);
    search.connection.then(recordTried, recordTried);
    return search;
  }

  /** What is different about the way to the server, or undefined when nothing is. */
  #routeChange(connection: Connection): string | undefined {
    const { address, localAddress } = connection;
    try {
      const now = this.#options.probeRoute(connection);
      if (now === localAddress) return undefined;
      return `the route to ${address} now starts at ${now}, before it was ${localAddress}`;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return error.message;
    }
  }
}
