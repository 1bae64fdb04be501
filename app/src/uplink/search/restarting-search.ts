/** A search for a server that is restarted when the network under it has become another one. */
import { Attempt } from '../../core/attempt.ts';
import { after, elapsed, seconds, type Clock } from '../../core/time.ts';
import { Waiting } from '../../core/waiting.ts';
import { stoppedError } from '../uplink-error.ts';

/** A search under way, as its owner sees it. */
export interface ServerSearch<Connection> {
  /** Rejects with an UplinkError. */
  readonly connection: Promise<Connection>;
  /** Routes or addresses of this machine have changed. */
  routesChanged(): void;
  /** This transport has become usable without a change of routes. */
  transportUsable(name: string): void;
  /** Starts over, however far the search has come. `reason`: a phrase for the log. */
  restart(reason: string): void;
}

/** One run of a search; `search.ts` has it. */
export interface SearchRun<Connection> {
  readonly connection: Promise<Connection>;
  /** False when the run has nothing left that is worth continuing. */
  routesChanged(): boolean;
  transportUsable(name: string): void;
}

export interface RestartingSearchOptions<Connection> {
  readonly run: (signal: AbortSignal) => SearchRun<Connection>;
  readonly clock: Clock;
  /** Ends the search for good. */
  readonly signal: AbortSignal;
  /** The next run starts. */
  readonly onRestart?: ((reason: string) => void) | undefined;
}

/** However often the network changes, runs start at least this far apart. */
const shortestRun = seconds(1);

export class RestartingSearch<Connection> implements ServerSearch<Connection> {
  readonly connection: Promise<Connection>;
  readonly #options: RestartingSearchOptions<Connection>;
  #run: SearchRun<Connection> | undefined;
  #attempt: Attempt;
  /** Why the current run was given up for another. */
  #restartReason: string | undefined;

  constructor(options: RestartingSearchOptions<Connection>) {
    this.#options = options;
    this.#attempt = new Attempt(options.signal);
    this.connection = this.#search();
  }

  routesChanged(): void {
    if (this.#run?.routesChanged() === false) this.restart('the network has changed');
  }

  transportUsable(name: string): void {
    this.#run?.transportUsable(name);
  }

  restart(reason: string): void {
    if (this.#run === undefined) return;
    this.#restartReason = reason;
    this.#attempt.giveUp();
  }

  async #search(): Promise<Connection> {
    const { run, clock, signal, onRestart } = this.#options;
    for (;;) {
      const notBefore = after(clock.now(), shortestRun);
      try {
        this.#run = run(this.#attempt.signal);
        return await this.#run.connection;
      } catch (error) {
        if (this.#restartReason === undefined || signal.aborted) throw error;
      } finally {
        this.#run = undefined;
        this.#attempt.giveUp();
      }
      const reason = this.#restartReason;
      this.#restartReason = undefined;
      this.#attempt = new Attempt(signal);
      const rest = elapsed(clock.now(), notBefore);
      if (rest > 0) await new Waiting(clock).wait(rest, signal);
      if (signal.aborted) throw stoppedError('connect');
      onRestart?.(reason);
    }
  }
}
