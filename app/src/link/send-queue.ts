/**
 * Control messages that the device could not take. Short, because they age: a host that misses an answer asks again,
 * and a full queue drops the oldest.
 */
const capacity = 32;

export class SendQueue<Message> {
  readonly #waiting: Message[] = [];
  readonly #transmit: (message: Message) => boolean;
  /** Messages that gave way to newer ones. */
  dropped = 0;

  /** `transmit` returns false when the device is full. */
  constructor(transmit: (message: Message) => boolean) {
    this.#transmit = transmit;
  }

  get length(): number {
    return this.#waiting.length;
  }

  send(message: Message): void {
    if (this.#waiting.length === 0 && this.#transmit(message)) return;
    if (this.#waiting.length === capacity) {
      this.#waiting.shift();
      this.dropped++;
    }
    this.#waiting.push(message);
  }

  /** Sends in order until the device is full; true when nothing waits any longer. */
  flush(): boolean {
    let next = this.#waiting[0];
    while (next !== undefined && this.#transmit(next)) {
      this.#waiting.shift();
      next = this.#waiting[0];
    }
    return next === undefined;
  }
}
