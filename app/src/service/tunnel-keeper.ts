/**
 * Keeps a tunnel up for ever: loads the identity, finds a server, runs the session, waits, and begins again. Whatever
 * the world outside does wrong is told and retried with back-off.
 */
import { EnvironmentError } from '../core/errors.ts';
import { milliseconds, seconds, type Duration } from '../core/time.ts';
import { IdentityError } from '../identity/identity-error.ts';
import type { Identity } from '../identity/identity.ts';
import { describeCause } from '../tunnel/disconnect-cause.ts';
import type { HeartbeatOptions } from '../tunnel/heartbeat.ts';
import { SessionPolicy, type NextStep, type SessionEnd } from '../tunnel/session-policy.ts';
import { UplinkError, stoppedError } from '../uplink/uplink-error.ts';
import type { Connection } from './connect.ts';
import type { DataPath } from './data-path.ts';
import type { Clock, DeadlineTimer } from './deadline-timer.ts';
import type { Logger } from './log.ts';
import { TunnelSession } from './tunnel-session.ts';
import { Waiting } from './waiting.ts';

export interface TunnelKeeperOptions {
  /** As the configuration names them, for people. */
  readonly hosts: readonly string[];
  readonly heartbeat: HeartbeatOptions;
  readonly clock: Clock;
  readonly timer: DeadlineTimer;
  readonly log: Logger;
  /** Rejects with an EnvironmentError as long as there is none that can be used. */
  readonly loadIdentity: () => Promise<Identity>;
  /** The data path for this identity. Rejects with an EnvironmentError. */
  readonly prepare: (identity: Identity) => Promise<Pick<DataPath, 'attach' | 'detach'>>;
  /** Rejects with an UplinkError. */
  readonly connect: (identity: Identity, signal: AbortSignal) => Promise<Connection>;
  /** The local address from which the kernel would reach this server now. Throws when there is no way. */
  readonly probeRoute: (server: { address: string; port: number }) => string;
  /** One line on how things are, for whoever supervises the service. */
  readonly onStatus: (status: string) => void;
  readonly random: () => number;
}

/** However often routes change, a server is not asked more often than this. */
const shortestWait = seconds(1);

export class TunnelKeeper {
  readonly #options: TunnelKeeperOptions;
  readonly #policy: SessionPolicy;
  readonly #waiting: Waiting;
  #session: { tunnel: TunnelSession; connection: Connection } | undefined;

  constructor(options: TunnelKeeperOptions) {
    this.#options = options;
    this.#policy = new SessionPolicy({ random: options.random });
    this.#waiting = new Waiting(options.clock);
  }

  /** Resolves once `signal` is aborted and the tunnel is closed. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const next = await this.#attempt(signal);
      if (signal.aborted) return;
      await this.#pauseBefore(next.wait, signal);
    }
  }

  /** The way to the server may have changed: a tunnel that would now begin elsewhere is made anew. */
  routesChanged(): void {
    if (this.#session === undefined) return this.#waiting.wake();
    const { tunnel, connection } = this.#session;
    const change = this.#routeChange(connection);
    if (change === undefined) tunnel.probe();
    else tunnel.end({ kind: 'route-changed', detail: change });
  }

  async #attempt(signal: AbortSignal): Promise<NextStep> {
    const { loadIdentity, prepare } = this.#options;
    try {
      const identity = await unlessStopped(loadIdentity(), signal);
      const dataPath = await unlessStopped(prepare(identity), signal);
      return await this.#runTunnel(identity, dataPath, signal);
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      if (signal.aborted) return this.#policy.notReady();
      const isIdentity = error instanceof IdentityError;
      const next = isIdentity ? this.#policy.identityUnusable() : this.#policy.notReady();
      this.#report(isIdentity ? 'no usable identity' : 'not ready', error.message, next);
      return next;
    }
  }

  async #runTunnel(
    identity: Identity,
    dataPath: Pick<DataPath, 'attach' | 'detach'>,
    signal: AbortSignal,
  ): Promise<NextStep> {
    const { connect, hosts, onStatus } = this.#options;
    onStatus(`connecting to ${hosts.join(', ')}`);
    let end: SessionEnd;
    try {
      const connection = await connect(identity, signal);
      end = await this.#runSession(connection, identity, dataPath, signal);
    } catch (error) {
      if (!(error instanceof UplinkError)) throw error;
      end = { cause: error.disconnectCause, heardServer: false, lived: seconds(0) };
    }
    const next = this.#policy.sessionEnded(end);
    if (end.cause.kind === 'stopped') return next;
    const doubt = next.needProvision ? ' (the server may not accept our certificate any more)' : '';
    this.#report('tunnel down', describeCause(end.cause) + doubt, next);
    return next;
  }

  async #runSession(
    connection: Connection,
    identity: Identity,
    dataPath: Pick<DataPath, 'attach' | 'detach'>,
    signal: AbortSignal,
  ): Promise<SessionEnd> {
    const { heartbeat, clock, timer, log, onStatus } = this.#options;
    const { socket, address, port, cipher } = connection;
    const tunnel = new TunnelSession({
      socket,
      address: identity.address,
      dataPath,
      heartbeat,
      clock,
      timer,
      onAccepted: () => this.#policy.accepted(),
    });
    const status = `tunnel up: ${identity.addressText} through ${address} port ${port}`;
    log.info(`${status} (${cipher})`);
    onStatus(status);
    const stop = (): void => tunnel.end({ kind: 'stopped' });
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    this.#session = { tunnel, connection };
    try {
      return await tunnel.ended;
    } finally {
      this.#session = undefined;
      signal.removeEventListener('abort', stop);
    }
  }

  /** What is different about the way to the server, or undefined when nothing is. */
  #routeChange({ address, port, localAddress }: Connection): string | undefined {
    try {
      const now = this.#options.probeRoute({ address, port });
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

  #report(what: string, why: string, { wait }: NextStep): void {
    const { log, onStatus } = this.#options;
    const when = wait === 0 ? 'trying again now' : `next attempt in ${(wait / 1000).toFixed(1)} s`;
    log.warning(`${what}: ${why}; ${when}`, `${what}: ${why}`);
    onStatus(`${what}: ${why}`);
  }
}

/** Files and programs may take long and cannot always be called off: a stop does not wait for them. */
async function unlessStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = (): void => undefined;
  const stopped = new Promise<never>((_, reject) => {
    onAbort = () => reject(stoppedError('wait'));
    signal.addEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
