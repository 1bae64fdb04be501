/**
 * What follows from the end of an attempt or a session: how long to wait, and whether a new certificate is needed.
 *
 * The ENF decides about a client after the TLS handshake, and a refusal shows as a close before the first byte. That
 * alone proves little: a proxy, a firewall or an overloaded server closes connections as well. So only an authenticated
 * alert or close_notify calls for a new certificate at once, and plain closes only when three in a row came before the
 * first byte, each after its back-off. A server that we do not trust never does, nor one that stalls.
 *
 * The need is shown to the operator. Only what the ENF refused by an authenticated alert or close_notify counts as
 * refused: plain closes, which an attacker on the path can cause, never take an identity away.
 */
import type { Duration } from '../core/time.ts';
import { seconds } from '../core/time.ts';
import { Backoff, type BackoffOptions } from '../core/backoff.ts';
import type { DisconnectCause } from './disconnect-cause.ts';

export interface SessionEnd {
  readonly cause: DisconnectCause;
  /** True once the server had sent at least one byte inside TLS. */
  readonly heardServer: boolean;
  /** From the end of the handshake; 0 when there was none. */
  readonly lived: Duration;
}

export interface NextStep {
  readonly wait: Duration;
  readonly needProvision: boolean;
}

const closesThatMeanRefusal = 3;
/** A session that lived shorter than this backs off even when the route changed: the route may be flapping. */
const steadyAfter = seconds(1);

export class SessionPolicy {
  readonly #backoff: Backoff;
  #closesBeforeFirstByte = 0;
  #needProvision = false;
  #isRefused = false;

  constructor(options: BackoffOptions) {
    this.#backoff = new Backoff(options);
  }

  get needProvision(): boolean {
    return this.#needProvision;
  }

  /** True if the server has refused the identity inside an authenticated session. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  /** The server has sent its first byte: it accepts us. */
  accepted(): void {
    this.#startOver();
  }

  /** Another identity than before is in use: whatever the server thought of the last one. */
  identityReplaced(): void {
    this.#startOver();
  }

  /** The credentials cannot be loaded or do not belong together. */
  identityUnusable(): NextStep {
    this.#needProvision = true;
    return this.#next();
  }

  /** Something of ours is not in place yet, but the credentials are. */
  notReady(): NextStep {
    return this.#next();
  }

  sessionEnded(end: SessionEnd): NextStep {
    this.#backoff.sessionEnded(end.lived);
    if (!end.heardServer) this.#countRefusal(end.cause);
    const isFresh = end.cause.kind === 'route-changed' && end.lived >= steadyAfter;
    if (isFresh || end.cause.kind === 'reloaded') {
      return { wait: seconds(0), needProvision: this.#needProvision };
    }
    return this.#next();
  }

  #countRefusal(cause: DisconnectCause): void {
    if (cause.kind === 'refused') {
      this.#isRefused = true;
      this.#needProvision = true;
    }
    if (cause.kind === 'closed' || cause.kind === 'connection-lost') {
      this.#closesBeforeFirstByte++;
      if (this.#closesBeforeFirstByte >= closesThatMeanRefusal) this.#needProvision = true;
    }
  }

  #startOver(): void {
    this.#closesBeforeFirstByte = 0;
    this.#needProvision = false;
    this.#isRefused = false;
  }

  #next(): NextStep {
    return { wait: this.#backoff.next(), needProvision: this.#needProvision };
  }
}
