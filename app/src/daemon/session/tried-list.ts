/**
 * What a search has tried, for the status: the first failures of each transport, the successes, and how many more there
 * were.
 */
import type { ConnectAttempt } from '../../tunnel/tunnel-state.ts';

/** Further failures add nothing, and the status must stay readable whatever DNS answers. */
export const mostShownPerTransport = 8;

export class TriedList {
  #shown: ConnectAttempt[] = [];
  readonly #leftOut = new Map<string, number>();

  /** In the order in which they came to their end. */
  get shown(): readonly ConnectAttempt[] {
    return this.#shown;
  }

  get leftOut(): number {
    return [...this.#leftOut.values()].reduce((sum, count) => sum + count, 0);
  }

  add(attempt: ConnectAttempt): void {
    const { transport, problem } = attempt;
    const failures = this.#shown.filter(
      (one) => one.transport === transport && one.problem !== undefined,
    );
    if (problem === undefined || failures.length < mostShownPerTransport) {
      this.#shown.push(attempt);
    } else {
      this.#leftOut.set(transport, (this.#leftOut.get(transport) ?? 0) + 1);
    }
  }

  /** These transports were tried again: what they were found to be before is out of date. */
  replace(newer: TriedList): void {
    const transports = new Set(newer.#shown.map(({ transport }) => transport));
    this.#shown = [
      ...newer.#shown,
      ...this.#shown.filter(({ transport }) => !transports.has(transport)),
    ];
    for (const transport of transports) this.#leftOut.delete(transport);
    for (const [transport, count] of newer.#leftOut) this.#leftOut.set(transport, count);
  }
}
