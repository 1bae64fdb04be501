/** Steps of the lab as they happen: number, what, how long, result. Remembers the step that failed. */

export class Steps {
  #count = 0;
  #current: string | undefined;
  readonly #start = performance.now();

  /** The step that was under way when something went wrong. */
  get current(): string | undefined {
    return this.#current;
  }

  get totalSeconds(): number {
    return (performance.now() - this.#start) / 1000;
  }

  /** Runs one step. `describe` makes the line's end from its result. */
  async step<T>(
    what: string,
    work: () => Promise<T>,
    describe: (result: T) => string = () => '',
  ): Promise<T> {
    this.#count += 1;
    this.#current = `${this.#count}. ${what}`;
    const start = performance.now();
    const result = await work();
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const detail = describe(result);
    console.log(
      `${String(this.#count).padStart(3)}. ${what.padEnd(44)} ${seconds.padStart(5)} s  ${detail}`.trimEnd(),
    );
    this.#current = undefined;
    return result;
  }
}
