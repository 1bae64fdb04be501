/**
 * When the output of a session runs: once in each turn of the event loop in which something has changed, however often.
 * It runs in the check phase, after the callbacks of all descriptors that were ready: what several streams brought in
 * one turn is gathered into few transfers, and reaches the kernel in one call where the driver can do that. A microtask
 * would run after each of those callbacks.
 */
export class OutputTurn {
  #run: (() => void) | undefined;
  #scheduled: NodeJS.Immediate | undefined;

  /** From now on `run` is called, at first for what waits already. */
  attach(run: () => void): void {
    this.#run = run;
    this.request();
  }

  /** Nothing is called or scheduled any more. */
  detach(): void {
    this.#run = undefined;
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
  }

  /** Something may have to be sent, or may be received again. */
  request(): void {
    if (this.#run === undefined) return;
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = undefined;
      this.#run?.();
    });
  }
}
