/**
 * Keeps a tunnel up for ever: loads the identity, finds a server, runs the session, waits, and begins again. Whatever
 * the world outside does wrong is told and retried with back-off.
 */
import { Attempt, unlessGivenUp } from '../core/attempt.ts';
import { EnvironmentError } from '../core/errors.ts';
import { milliseconds, seconds, type Duration } from '../core/time.ts';
import { Waiting } from '../core/waiting.ts';
import { IdentityError } from '../identity/identity-error.ts';
import type { Identity } from '../identity/identity.ts';
import { describeCause } from '../tunnel/disconnect-cause.ts';
import type { HeartbeatOptions } from '../tunnel/heartbeat.ts';
import { SessionPolicy, type NextStep, type SessionEnd } from '../tunnel/session-policy.ts';
import { UplinkError } from '../uplink/uplink-error.ts';
import type { Connection } from './connect.ts';
import type { DataPath } from './data-path.ts';
import type { Clock, DeadlineTimer } from './deadline-timer.ts';
import type { Logger } from './log.ts';
import { TransportMover } from './transport-mover.ts';
import { TunnelRecord } from './tunnel-record.ts';
import { TunnelSession } from './tunnel-session.ts';
import type { ConnectAttempt, TunnelState } from './tunnel-state.ts';

export interface TunnelKeeperOptions {
  /** Asked for each attempt: a reload changes them. */
  readonly heartbeat: () => HeartbeatOptions;
  readonly clock: Clock;
  readonly timer: DeadlineTimer;
  readonly log: Logger;
  /** Rejects with an EnvironmentError as long as there is none that can be used. */
  readonly loadIdentity: () => Promise<Identity>;
  /** The data path for this identity. Rejects with an EnvironmentError. */
  readonly prepare: (
    identity: Identity,
    signal: AbortSignal,
  ) => Promise<Pick<DataPath, 'attach' | 'detach'>>;
  /** Rejects with an UplinkError. */
  readonly connect: (options: ConnectRequest) => Promise<Connection>;
  /**
   * The local address from which the kernel would reach the server of this connection now, undefined where that cannot
   * be told. Throws when there is no way.
   */
  readonly probeRoute: (connection: Connection) => string | undefined;
  /** The state is another one. */
  readonly onState: (state: TunnelState) => void;
  readonly random: () => number;
}

export interface ConnectRequest {
  readonly identity: Identity;
  /** Only over transports better than the one at this position. */
  readonly below?: number;
  readonly signal: AbortSignal;
  readonly onAttempt?: (attempt: ConnectAttempt) => void;
}

type Attachable = Pick<DataPath, 'attach' | 'detach'>;

/** However often routes change, a server is not asked more often than this. */
const shortestWait = seconds(1);

export class TunnelKeeper {
  readonly #options: TunnelKeeperOptions;
  readonly #policy: SessionPolicy;
  readonly #waiting: Waiting;
  readonly #record: TunnelRecord;
  readonly #mover: TransportMover<Connection>;
  #session: { tunnel: TunnelSession; connection: Connection } | undefined;
  /** Calls off the attempt that is under way. */
  #attempt = new Attempt();
  #isReloading = false;
  /** Something that speaks for another try has happened since the last attempt began. */
  #isHurried = false;

  constructor(options: TunnelKeeperOptions) {
    this.#options = options;
    this.#policy = new SessionPolicy({ random: options.random });
    this.#waiting = new Waiting(options.clock);
    this.#record = new TunnelRecord(
      () => options.clock.now(),
      () => options.onState(this.#record.state),
    );
    this.#mover = new TransportMover(options.clock, options.timer);
  }

  get state(): TunnelState {
    return this.#record.state;
  }

  /** Resolves once `signal` is aborted and the tunnel is closed. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        this.#attempt = new Attempt(signal);
        this.#isReloading = false;
        this.#isHurried = false;
        const next = await this.#runAttempt(this.#attempt.signal);
        this.#attempt.giveUp();
        if (!signal.aborted) await this.#pauseBefore(next.wait, signal);
      }
    } finally {
      this.#attempt.giveUp();
      this.#mover.close();
      this.#record.stopped();
    }
  }

  /** The way to the server may have changed: a tunnel that would now begin elsewhere is made anew. */
  routesChanged(): void {
    this.#mover.routesChanged();
    if (this.#session === undefined) return this.retryNow();
    const { tunnel, connection } = this.#session;
    const change = this.#routeChange(connection);
    if (change === undefined) tunnel.probe();
    else tunnel.end({ kind: 'route-changed', detail: change });
  }

  /** The configuration or the identity is another one: begins anew with it, without waiting. */
  reload(): void {
    this.#isReloading = true;
    this.#attempt.giveUp();
    this.#waiting.wake();
  }

  /** Does not wait any longer, nor after the attempt that is under way; a tunnel that is up stays. */
  retryNow(): void {
    this.#isHurried = true;
    this.#waiting.wake();
  }

  /** A transport has become worth a try without a change of routes. */
  transportUsable(): void {
    this.#mover.routesChanged();
    this.retryNow();
  }

  async #runAttempt(signal: AbortSignal): Promise<NextStep> {
    const { loadIdentity, prepare } = this.#options;
    try {
      const identity = await unlessGivenUp(loadIdentity(), signal);
      this.#record.useIdentity(identity);
      const dataPath = await unlessGivenUp(prepare(identity, signal), signal);
      return await this.#runTunnel(identity, dataPath, signal);
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      if (signal.aborted) return { wait: seconds(0), needProvision: this.#policy.needProvision };
      return this.#hindered(error);
    }
  }

  #hindered(error: EnvironmentError): NextStep {
    const isIdentity = error instanceof IdentityError;
    const next = this.#soon(isIdentity ? this.#policy.identityUnusable() : this.#policy.notReady());
    this.#warn(isIdentity ? 'no usable identity' : 'not ready', error.message, next);
    const phase = isIdentity ? 'no-identity' : 'not-ready';
    this.#record.hindered(phase, error.message, next.wait, next.needProvision);
    return next;
  }

  async #runTunnel(
    identity: Identity,
    dataPath: Attachable,
    signal: AbortSignal,
  ): Promise<NextStep> {
    this.#record.connecting();
    const onAttempt = (attempt: ConnectAttempt): void => this.#record.attempted(attempt);
    let end: SessionEnd;
    try {
      const connection = await this.#options.connect({ identity, signal, onAttempt });
      end = await this.#runSessions(connection, identity, dataPath, signal);
    } catch (error) {
      if (!(error instanceof UplinkError)) throw error;
      const cause = error.failure === 'stopped' ? this.#ownCause() : error.disconnectCause;
      end = { cause, heardServer: false, lived: seconds(0) };
    }
    return this.#ended(end);
  }

  /** One session, and those that take its place while it is still up. */
  async #runSessions(
    first: Connection,
    identity: Identity,
    dataPath: Attachable,
    signal: AbortSignal,
  ): Promise<SessionEnd> {
    let connection = first;
    for (;;) {
      const end = await this.#runSession(connection, identity, dataPath, signal);
      const better = await this.#mover.finish();
      if (better === undefined) return end;
      if (signal.aborted) {
        better.socket.destroy();
        return end;
      }
      this.#record.ended(end.cause);
      this.#options.log.info(`tunnel moves to ${better.transport}: ${describeCause(end.cause)}`);
      connection = better;
    }
  }

  async #runSession(
    connection: Connection,
    identity: Identity,
    dataPath: Attachable,
    signal: AbortSignal,
  ): Promise<SessionEnd> {
    const { heartbeat, clock, timer, log } = this.#options;
    const { socket, transport, rank, address, port, localAddress, cipher } = connection;
    const tunnel = new TunnelSession({
      socket,
      address: identity.address,
      dataPath,
      heartbeat: heartbeat(),
      clock,
      timer,
      isClosedByServer: connection.isClosedByServer,
      onAccepted: () => {
        this.#policy.accepted();
        this.#record.accepted();
      },
    });
    log.info(
      `tunnel up: ${identity.addressText} through ${address} port ${port} (${transport}, ${cipher})`,
    );
    const facts = { transport, server: address, port, localAddress, cipher };
    this.#record.up(facts, () => tunnel.lastHeard);
    const stop = (): void => tunnel.end(this.#ownCause());
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    this.#session = { tunnel, connection };
    this.#mover.begin({
      rank,
      connect: () => this.#connectBetter({ identity, signal, below: rank }),
      onMove: () => tunnel.end({ kind: 'moved', detail: 'a better transport works again' }),
    });
    try {
      return await tunnel.ended;
    } finally {
      this.#session = undefined;
      signal.removeEventListener('abort', stop);
    }
  }

  /** Beside a session: what was tried is told when it is over. */
  async #connectBetter(request: ConnectRequest): Promise<Connection> {
    const attempts: ConnectAttempt[] = [];
    try {
      return await this.#options.connect({
        ...request,
        onAttempt: (attempt) => attempts.push(attempt),
      });
    } finally {
      this.#record.triedAgain(attempts);
    }
  }

  /** Why an attempt or a session was called off. */
  #ownCause(): { kind: 'reloaded' } | { kind: 'stopped' } {
    return { kind: this.#isReloading ? 'reloaded' : 'stopped' };
  }

  #ended(end: SessionEnd): NextStep {
    const next = this.#soon(this.#policy.sessionEnded(end));
    if (end.cause.kind === 'stopped') return next;
    const doubt = next.needProvision ? ' (the server may not accept our certificate any more)' : '';
    this.#warn('tunnel down', describeCause(end.cause) + doubt, next);
    this.#record.ended(end.cause);
    this.#record.waiting(next.wait, next.needProvision);
    return next;
  }

  #soon(next: NextStep): NextStep {
    return this.#isHurried ? { ...next, wait: seconds(0) } : next;
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

  async #pauseBefore(wait: Duration, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const notBefore = clock.now() + Math.min(wait, shortestWait);
    await this.#waiting.wait(wait, signal);
    const rest = notBefore - clock.now();
    if (rest > 0) await new Waiting(clock).wait(milliseconds(rest), signal);
  }

  #warn(what: string, why: string, { wait }: NextStep): void {
    const when = wait === 0 ? 'trying again now' : `next attempt in ${(wait / 1000).toFixed(1)} s`;
    this.#options.log.warning(`${what}: ${why}; ${when}`, `${what}: ${why}`);
  }
}
