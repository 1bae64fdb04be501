/**
 * Keeps a tunnel up until it is stopped: loads the identity, finds a server, runs the session, waits, and starts over.
 * Whatever the environment does wrong is logged and retried with back-off.
 */
import { Attempt, unlessGivenUp } from '../../core/attempt.ts';
import { EnvironmentError } from '../../core/errors.ts';
import { after, elapsed, seconds, type Duration, type Instant } from '../../core/time.ts';
import { Waiting } from '../../core/waiting.ts';
import { IdentityError } from '../../identity/identity-error.ts';
import type { Identity } from '../../identity/identity.ts';
import { ProvisioningError } from '../../identity/provisioning-error.ts';
import type { MessageCode } from '../../platform/message-codes.ts';
import { describeCause } from '../../tunnel/disconnect-cause.ts';
import { TransportChoice } from '../../tunnel/transport-choice.ts';
import { SessionPolicy, type NextStep, type SessionEnd } from '../../tunnel/session-policy.ts';
import { UplinkError } from '../../uplink/uplink-error.ts';
import type { Credentials, LoadRequest } from '../credentials/credentials.ts';
import type { Connection } from './connect.ts';
import { ConnectionFinder, release } from './connection-finder.ts';
import { TransportHandover } from './transport-handover.ts';
import { TunnelRecord } from './tunnel-record.ts';
import { TunnelSessions, type Attachable, type TunnelSessionsOptions } from './tunnel-sessions.ts';
import type { TunnelState } from '../../tunnel/tunnel-state.ts';

export interface TunnelSupervisorOptions extends Pick<
  TunnelSessionsOptions,
  'heartbeat' | 'clock' | 'timer' | 'log' | 'connect' | 'onServerProved' | 'probeRoute'
> {
  /** Rejects with an EnvironmentError while no usable identity is available. */
  readonly loadIdentity: Credentials['load'];
  /** The server has accepted the identity. */
  readonly onAccepted: () => void;
  /** The data path for this identity. Rejects with an EnvironmentError. */
  readonly prepare: (identity: Identity, signal: AbortSignal) => Promise<Attachable>;
  /** The state is another one. */
  readonly onState: (state: TunnelState) => void;
  readonly random: () => number;
}

/** Attempts start at least this far apart, however much speaks for another one. */
const shortestPause = seconds(1);

export class TunnelSupervisor {
  readonly #options: TunnelSupervisorOptions;
  readonly #policy: SessionPolicy;
  readonly #waiting: Waiting;
  readonly #record: TunnelRecord;
  readonly #handover: TransportHandover<Connection>;
  readonly #finder: ConnectionFinder;
  readonly #sessions: TunnelSessions;
  /** The attempt that is under way, with the session that it leads to. */
  #attempt = new Attempt();
  #beganAt: Instant;
  /** The identity of that attempt. */
  #identity: Identity | undefined;
  #isReloading = false;
  /** Something that speaks for another try has happened since the last attempt began. */
  #retryImmediately = false;
  /** A fault of ours, found outside of the loop. */
  #bug: { readonly error: unknown } | undefined;

  constructor(options: TunnelSupervisorOptions) {
    const { clock, timer, random } = options;
    this.#options = options;
    this.#policy = new SessionPolicy({ random });
    this.#waiting = new Waiting(clock);
    this.#beganAt = clock.now();
    this.#record = new TunnelRecord(
      () => clock.now(),
      () => options.onState(this.#record.state),
    );
    const onStanding = (rank: number): void => this.#betterStands(rank);
    const onBug = (error: unknown): void => this.#endWith(error);
    const choice = new TransportChoice({ random });
    this.#handover = new TransportHandover({ clock, timer, release, onStanding, onBug, choice });
    this.#finder = new ConnectionFinder({
      connect: options.connect,
      handover: this.#handover,
      onAttempt: (attempt) => this.#record.attempted(attempt),
      onRestart: (reason) => this.#searchRestarted(reason),
    });
    this.#sessions = new TunnelSessions({
      ...options,
      record: this.#record,
      handover: this.#handover,
      onUp: () => (this.#retryImmediately = false),
      onAccepted: () => {
        this.#policy.accepted();
        this.#record.accepted();
        options.onAccepted();
      },
      ownCause: () => this.#ownCause(),
      onBug,
    });
  }

  get state(): TunnelState {
    return this.#record.state;
  }

  /** Resolves once `signal` is aborted and the tunnel is closed. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        this.#attempt = new Attempt(signal);
        this.#beganAt = this.#options.clock.now();
        this.#isReloading = false;
        this.#retryImmediately = false;
        const next = await this.#runAttempt(this.#attempt.signal);
        this.#attempt.giveUp();
        if (this.#bug !== undefined) throw this.#bug.error;
        if (!signal.aborted) await this.#pauseBefore(next.wait, signal);
      }
    } finally {
      this.#attempt.giveUp();
      this.#handover.close();
      this.#sessions.close();
      this.#record.stopped();
    }
  }

  /** The way to the server may have changed: a tunnel, or an attempt, that would now begin elsewhere is replaced. */
  routesChanged(): void {
    this.#handover.routesChanged();
    this.#sessions.routesChanged();
    if (this.#sessions.isUp) return;
    this.#finder.routesChanged();
    this.retryNow();
  }

  /** The configuration or the identity is another one: starts over with it, without waiting. */
  reload(): void {
    this.#isReloading = true;
    this.#handover.giveUp();
    this.#attempt.giveUp();
    this.#waiting.wake();
  }

  /** Ends the wait for the next attempt, and has none after the current attempt; a tunnel that is up stays. */
  retryNow(): void {
    // A tunnel that is up may be lost days later. Its back-off must not be skipped because of this request.
    if (!this.#sessions.isUp) this.#retryImmediately = true;
    this.#waiting.wake();
  }

  /** As `retryNow`; a search that is under way starts over. `reason`: a phrase for the log. */
  searchAgain(reason: string): void {
    this.#finder.restart(reason);
    this.retryNow();
  }

  /** A transport has become usable without a change of routes. */
  transportUsable(name: string): void {
    this.#handover.transportUsable(name);
    this.#finder.transportUsable(name);
    this.retryNow();
  }

  /** As `transportUsable`; a tunnel over this transport is replaced by one that begins at the new place. */
  transportMoved(name: string): void {
    this.transportUsable(name);
    this.#sessions.transportMoved(name);
  }

  async #runAttempt(signal: AbortSignal): Promise<NextStep> {
    const { loadIdentity, prepare } = this.#options;
    try {
      const identity = await unlessGivenUp(loadIdentity(this.#loadRequest(signal)), signal);
      this.#useIdentity(identity);
      const dataPath = await unlessGivenUp(prepare(identity, signal), signal);
      return await this.#runTunnel(identity, dataPath, signal);
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      if (signal.aborted) return { wait: seconds(0), needProvision: this.#policy.needProvision };
      return this.#blocked(error);
    }
  }

  #loadRequest(signal: AbortSignal): LoadRequest {
    return {
      refused: this.#policy.isRefused ? this.#identity : undefined,
      signal,
      onStep: (step) => signal.aborted || this.#record.provisioning(step),
      onEnd: (problem) => signal.aborted || this.#record.provisioningEnded(problem),
    };
  }

  /** What is being tried with another identity would be of no use. */
  #useIdentity(identity: Identity): void {
    if (this.#identity?.cert !== identity.cert) {
      this.#handover.giveUp();
      this.#policy.identityReplaced();
    }
    this.#identity = identity;
    this.#record.useIdentity(identity);
  }

  #blocked(error: EnvironmentError): NextStep {
    const isIdentity = error instanceof IdentityError || error instanceof ProvisioningError;
    const next = this.#skipWaitIfHurried(
      isIdentity ? this.#policy.identityUnusable() : this.#policy.notReady(),
    );
    const code =
      error instanceof ProvisioningError
        ? (`provisioning-failed.${error.reason}` as const)
        : error instanceof IdentityError
          ? (`no-identity.${error.step}` as const)
          : 'not-ready';
    this.#warn(code, isIdentity ? 'no usable identity' : 'not ready', error.message, next);
    const phase = isIdentity ? 'no-identity' : 'not-ready';
    const problem = { problem: error.message, code } as const;
    this.#record.blocked(phase, problem, next.wait, next.needProvision);
    return next;
  }

  async #runTunnel(
    identity: Identity,
    dataPath: Attachable,
    signal: AbortSignal,
  ): Promise<NextStep> {
    this.#record.connecting();
    let end: SessionEnd;
    try {
      const connection = await this.#finder.find(identity, signal);
      end = await this.#sessions.run(connection, identity, dataPath, signal);
    } catch (error) {
      if (!(error instanceof UplinkError)) throw error;
      const cause = error.failure === 'stopped' ? this.#ownCause() : error.disconnectCause;
      end = { cause, heardServer: false, lived: seconds(0) };
    }
    return this.#ended(end);
  }

  #searchRestarted(reason: string): void {
    this.#options.log.info('search-restarted', `restarting the search for a server: ${reason}`);
    this.#record.connecting();
  }

  /** A try of the handover has brought a connection. */
  #betterStands(rank: number): void {
    if (this.#sessions.isUp) return this.#sessions.betterStands(rank);
    this.#finder.betterStands();
    this.#waiting.wake();
  }

  /** Why an attempt or a session was called off. */
  #ownCause(): { kind: 'reloaded' } | { kind: 'stopped' } {
    return { kind: this.#isReloading ? 'reloaded' : 'stopped' };
  }

  #ended(end: SessionEnd): NextStep {
    const next = this.#skipWaitIfHurried(this.#policy.sessionEnded(end));
    if (end.cause.kind === 'stopped') return next;
    const doubt = next.needProvision ? ' (the server may not accept our certificate any more)' : '';
    this.#warn(
      `tunnel-down.${end.cause.kind}`,
      'tunnel down',
      describeCause(end.cause) + doubt,
      next,
    );
    this.#record.ended(end.cause);
    this.#record.waiting(next.wait, next.needProvision);
    return next;
  }

  #skipWaitIfHurried(next: NextStep): NextStep {
    return this.#retryImmediately ? { ...next, wait: seconds(0) } : next;
  }

  async #pauseBefore(wait: Duration, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const mayBegin = after(this.#beganAt, shortestPause);
    if (!this.#handover.hasStanding) await this.#waiting.wait(wait, signal);
    while (!this.#isReloading && !signal.aborted && clock.now() < mayBegin) {
      await this.#waiting.wait(elapsed(clock.now(), mayBegin), signal);
    }
  }

  #endWith(bug: unknown): void {
    this.#bug ??= { error: bug };
    this.#attempt.giveUp();
    this.#waiting.wake();
  }

  #warn(code: MessageCode, what: string, why: string, { wait }: NextStep): void {
    const when = wait === 0 ? 'trying again now' : `next attempt in ${(wait / 1000).toFixed(1)} s`;
    this.#options.log.warning(code, `${what}: ${why}; ${when}`, `${what}: ${why}`);
  }
}
