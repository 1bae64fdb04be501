/** Keeps what can be seen of the tunnel (`tunnel-state.ts`) as events come in. Decides nothing. */
import { after, type Duration, type Instant } from '../../core/time.ts';
import type { MessageCode } from '../../platform/message-codes.ts';
import type { Identity } from '../../identity/identity.ts';
import { describeCause, nextStepFor, type DisconnectCause } from '../../tunnel/disconnect-cause.ts';
import { TriedList } from './tried-list.ts';
import type {
  ConnectAttempt,
  ProvisioningStep,
  SessionState,
  TunnelPhase,
  TunnelState,
} from '../../tunnel/tunnel-state.ts';

/** The part of a session that stays the same. */
export type SessionFacts = Omit<SessionState, 'since' | keyof SessionProgress>;
/** The part that is asked whenever the state is. */
export type SessionProgress = Pick<SessionState, 'lastHeard' | 'keyUpdates'>;

type KeptState = Omit<TunnelState, 'session' | 'tried' | 'triedLeftOut'>;

export class TunnelRecord {
  readonly #now: () => Instant;
  readonly #onChange: () => void;
  #kept: KeptState;
  #tried = new TriedList();
  #session: { facts: SessionFacts; since: Instant; progress: () => SessionProgress } | undefined;

  /** `onChange` is called whenever the phase is another one, or the same for another reason. */
  constructor(now: () => Instant, onChange: () => void) {
    this.#now = now;
    this.#onChange = onChange;
    this.#kept = {
      phase: 'starting',
      since: now(),
      address: undefined,
      certificateEnds: undefined,
      problem: undefined,
      problemCode: undefined,
      lastDisconnect: undefined,
      retryAt: undefined,
      needProvision: false,
      provisioning: undefined,
      sessions: 0,
    };
  }

  get state(): TunnelState {
    const session = this.#session;
    return {
      ...this.#kept,
      tried: [...this.#tried.shown],
      triedLeftOut: this.#tried.leftOut,
      session: session && {
        ...session.facts,
        since: session.since,
        ...session.progress(),
      },
    };
  }

  useIdentity({ addressText, notAfter }: Identity): void {
    this.#kept = { ...this.#kept, address: addressText, certificateEnds: notAfter };
  }

  /** The device asks for a new identity. Without one it has none to connect with. */
  provisioning(step: ProvisioningStep): void {
    const provisioning = { step, since: this.#now(), problem: this.#kept.provisioning?.problem };
    const { phase, address } = this.#kept;
    if (address === undefined && phase !== 'no-identity') this.#enter('no-identity');
    this.#kept = { ...this.#kept, retryAt: undefined, provisioning };
    this.#onChange();
  }

  /** It has a new one, or there is a problem: what is wrong, and what to do. */
  provisioningEnded(problem: string | undefined): void {
    const ended = { step: undefined, since: this.#now(), problem };
    this.#kept = { ...this.#kept, provisioning: problem === undefined ? undefined : ended };
    this.#onChange();
  }

  connecting(): void {
    this.#tried = new TriedList();
    this.#enter('connecting');
  }

  attempted(attempt: ConnectAttempt): void {
    this.#tried.add(attempt);
  }

  /** While a tunnel is up, these transports were tried again: what they were found to be before is out of date. */
  triedAgain(attempts: TriedList): void {
    this.#tried.replace(attempts);
  }

  up(facts: SessionFacts, progress: () => SessionProgress): void {
    this.#session = { facts, since: this.#now(), progress };
    this.#enter('up', { sessions: this.#kept.sessions + 1 });
  }

  /** The server has sent something: it accepts us. */
  accepted(): void {
    this.#kept = { ...this.#kept, needProvision: false, provisioning: undefined };
    this.#onChange();
  }

  /** A session or an attempt has ended; call `waiting` or `up` next. */
  ended(cause: DisconnectCause): void {
    this.#session = undefined;
    const words = describeCause(cause);
    const nextStep = nextStepFor(cause);
    this.#kept = {
      ...this.#kept,
      lastDisconnect: { at: this.#now(), cause, words, nextStep },
    };
  }

  waiting(wait: Duration, needProvision: boolean): void {
    this.#enter('waiting', { retryAt: after(this.#now(), wait), needProvision });
  }

  /** One line: what is wrong, and what to do. */
  blocked(
    phase: 'no-identity' | 'not-ready',
    { problem, code }: { problem: string; code: MessageCode },
    wait: Duration,
    needProvision: boolean,
  ): void {
    this.#enter(phase, {
      problem,
      problemCode: code,
      retryAt: after(this.#now(), wait),
      needProvision,
    });
  }

  stopped(): void {
    this.#session = undefined;
    this.#enter('stopped');
  }

  #enter(phase: TunnelPhase, changes: Partial<KeptState> = {}): void {
    const { phase: before, since } = this.#kept;
    this.#kept = {
      ...this.#kept,
      problem: undefined,
      problemCode: undefined,
      retryAt: undefined,
      ...changes,
      phase,
      since: phase === before && phase !== 'up' ? since : this.#now(),
    };
    this.#onChange();
  }
}
