/**
 * Work that runs once at a time, however often it is asked for: while it runs, all further requests share the one run
 * that follows. That run begins after the last of them, so each finds what it asked for done.
 */
export class RepeatedWork<T> {
  readonly #work: () => Promise<T>;
  #running: Promise<T> | undefined;
  #next: Promise<T> | undefined;

  constructor(work: () => Promise<T>) {
    this.#work = work;
  }

  /** The result of a run that begins after this call. */
  request(): Promise<T> {
    if (this.#running === undefined) return this.#start();
    this.#next ??= this.#running.then(
      () => this.#start(),
      () => this.#start(),
    );
    return this.#next;
  }

  #start(): Promise<T> {
    this.#next = undefined;
    const running = this.#work();
    this.#running = running;
    const end = (): void => {
      if (this.#next === undefined) this.#running = undefined;
    };
    running.then(end, end);
    return running;
  }
}
