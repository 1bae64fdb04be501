/**
 * The sessions that follow each other without a pause: the first runs over the connection that was found, and another one
 * takes its place whenever a better transport works again. The way to the server is watched meanwhile.
 */
import type { Identity } from '../identity/identity.ts';
import { describeCause, type DisconnectCause } from '../tunnel/disconnect-cause.ts';
import type { HeartbeatOptions } from '../tunnel/heartbeat.ts';
import type { SessionEnd } from '../tunnel/session-policy.ts';
import type { ServerSearch } from '../uplink/search/restarting-search.ts';
import type { Connection } from './connect.ts';
import type { ConnectRequest } from './connection-finder.ts';
import type { DataPath } from './data-path.ts';
import type { Clock, DeadlineTimer } from './deadline-timer.ts';
import type { Logger } from './log.ts';
import type { TransportMover } from './transport-mover.ts';
import { TriedList } from './tried-list.ts';
import type { TunnelRecord } from './tunnel-record.ts';
import { TunnelSession } from './tunnel-session.ts';

/** Where the packets of a session come from and go to. */
export type Attachable = Pick<DataPath, 'attach' | 'detach'>;

export interface TunnelSessionsOptions {
  readonly heartbeat: () => HeartbeatOptions;
  readonly clock: Clock;
  readonly timer: DeadlineTimer;
  readonly log: Logger;
  readonly record: TunnelRecord;
  readonly mover: TransportMover<Connection>;
  readonly connect: (request: ConnectRequest) => ServerSearch<Connection>;
  /**
   * The local address from which the kernel would reach the server of this connection now, undefined where that cannot
   * be known. Throws when there is no way.
   */
  readonly probeRoute: (connection: Connection) => string | undefined;
  /** Whether the server of this connection has proved to be of use. */
  readonly onServerProved: (connection: Connection, isUseful: boolean) => void;
  /** A session has begun. */
  readonly onUp: () => void;
  /** The server of the current session has sent its first bytes. */
  readonly onAccepted: () => void;
  /** Why a session ends whose signal was aborted. */
  readonly ownCause: () => DisconnectCause;
}

/** Causes of ours, which say nothing about the server. */
const ownCauses: readonly DisconnectCause['kind'][] = [
  'stopped',
  'reloaded',
  'moved',
  'route-changed',
];

export class TunnelSessions {
  readonly #options: TunnelSessionsOptions;
  #current: { tunnel: TunnelSession; connection: Connection } | undefined;

  constructor(options: TunnelSessionsOptions) {
    this.#options = options;
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
    const { mover, record, log } = this.#options;
    let connection = first;
    for (;;) {
      const end = await this.#runOne(connection, identity, dataPath, signal);
      const better = end.cause.kind === 'moved' ? mover.take() : undefined;
      if (better === undefined) return end;
      record.ended(end.cause);
      log.info(`tunnel moves to ${better.transport}: ${describeCause(end.cause)}`);
      connection = better;
    }
  }

  /** A session that would begin elsewhere now ends; another one asks its server for a sign of life. */
  routesChanged(): void {
    if (this.#current === undefined) return;
    const { tunnel, connection } = this.#current;
    const change = this.#routeChange(connection);
    if (change === undefined) tunnel.probe();
    else tunnel.end({ kind: 'route-changed', detail: change });
  }

  /** The mover has a connection over the transport at this position. */
  betterStands(rank: number): void {
    if (this.#current === undefined) return;
    const { tunnel, connection } = this.#current;
    if (rank < connection.rank) {
      tunnel.end({ kind: 'moved', detail: 'a better transport works again' });
    } else {
      this.#options.mover.giveUp();
    }
  }

  async #runOne(
    connection: Connection,
    identity: Identity,
    dataPath: Attachable,
    signal: AbortSignal,
  ): Promise<SessionEnd> {
    const { heartbeat, clock, timer, log, record, mover, ownCause } = this.#options;
    const { onServerProved, onUp, onAccepted } = this.#options;
    const { socket, transport, rank, address, port, localAddress, cipher } = connection;
    onUp();
    const tunnel = new TunnelSession({
      socket,
      address: identity.address,
      dataPath,
      heartbeat: heartbeat(),
      clock,
      timer,
      hasMoved: connection.hasMoved,
      isClosedByServer: connection.isClosedByServer,
      onAccepted: () => {
        onServerProved(connection, true);
        onAccepted();
      },
    });
    log.info(
      `tunnel up: ${identity.addressText} through ${address} port ${port} (${transport}, ${cipher})`,
    );
    const facts = { transport, server: address, port, localAddress, cipher };
    record.up(facts, () => tunnel.lastHeard);
    const stop = (): void => tunnel.end(ownCause());
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    this.#current = { tunnel, connection };
    mover.sessionStarted(rank, (given) =>
      this.#connectBetter({ identity, signal: given, below: rank }),
    );
    try {
      const end = await tunnel.ended;
      const isServerToBlame = !end.heardServer && !ownCauses.includes(end.cause.kind);
      if (isServerToBlame) onServerProved(connection, false);
      return end;
    } finally {
      mover.sessionEnded();
      this.#current = undefined;
      signal.removeEventListener('abort', stop);
    }
  }

  /** A search beside a session: what it has tried is recorded when it is over. */
  #connectBetter(
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
      return `the route to ${address} now begins at ${now}, before at ${localAddress}`;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return error.message;
    }
  }
}
