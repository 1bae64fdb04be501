/**
 * Finds the connection for the next session: by a search of its own, or by a try of the handover that the last session
 * has left. Both run side by side, over different transports, and the first whole connection is taken.
 */
import { Attempt } from '../../core/attempt.ts';
import type { Identity } from '../../identity/identity.ts';
import type { ServerSearch } from '../../uplink/search/restarting-search.ts';
import type { Connection } from './connect.ts';
import type { TransportHandover } from './transport-handover.ts';
import type { ConnectAttempt } from '../../tunnel/tunnel-state.ts';

export interface ConnectRequest {
  readonly identity: Identity;
  /** Only over transports from this position on. */
  readonly from?: number;
  /** Only over transports better than the one at this position. */
  readonly below?: number;
  readonly signal: AbortSignal;
  readonly onAttempt: (attempt: ConnectAttempt) => void;
  /** The search starts over, for this reason. */
  readonly onRestart: (reason: string) => void;
}

export interface ConnectionFinderOptions extends Pick<ConnectRequest, 'onAttempt' | 'onRestart'> {
  readonly connect: (request: ConnectRequest) => ServerSearch<Connection>;
  readonly handover: TransportHandover<Connection>;
}

interface UnderWay {
  readonly attempt: Attempt;
  readonly search: ServerSearch<Connection>;
  /** Position of its first transport: the ones before were the handover's. */
  readonly from: number;
  isToWiden: boolean;
}

export class ConnectionFinder {
  readonly #options: ConnectionFinderOptions;
  #underWay: UnderWay | undefined;

  constructor(options: ConnectionFinderOptions) {
    this.#options = options;
  }

  /** Rejects with an UplinkError. */
  async find(identity: Identity, signal: AbortSignal): Promise<Connection> {
    const { handover } = this.#options;
    for (;;) {
      const standing = handover.take();
      if (standing !== undefined) return standing;
      const underWay = this.#search(identity, signal);
      this.#underWay = underWay;
      try {
        return await underWay.search.connection;
      } catch (error) {
        if (signal.aborted || !(handover.hasStanding || underWay.isToWiden)) throw error;
      } finally {
        this.#underWay = undefined;
        underWay.attempt.giveUp();
      }
    }
  }

  /** The handover has a connection: the search is not needed any more. */
  betterStands(): void {
    this.#underWay?.attempt.giveUp();
  }

  routesChanged(): void {
    if (!this.#widen()) this.#underWay?.search.routesChanged();
  }

  transportUsable(name: string): void {
    if (!this.#widen()) this.#underWay?.search.transportUsable(name);
  }

  restart(reason: string): void {
    if (!this.#widen()) this.#underWay?.search.restart(reason);
  }

  /**
   * Starts over with all transports if the handover, to which the search had left some, does not try them any more.
   * True if so.
   */
  #widen(): boolean {
    const underWay = this.#underWay;
    if (underWay === undefined || underWay.from === 0) return false;
    if (this.#options.handover.tryingBelow !== undefined) return false;
    underWay.isToWiden = true;
    underWay.attempt.giveUp();
    return true;
  }

  #search(identity: Identity, outer: AbortSignal): UnderWay {
    const { connect, handover, onAttempt, onRestart } = this.#options;
    // What the handover tries already is left to it.
    const from = handover.tryingBelow ?? 0;
    const attempt = new Attempt(outer);
    const search = connect({ identity, from, signal: attempt.signal, onAttempt, onRestart });
    return { attempt, search, from, isToWiden: false };
  }
}

/** Closes a connection that is not needed. */
export function release({ stream }: Connection): void {
  stream.close();
}
