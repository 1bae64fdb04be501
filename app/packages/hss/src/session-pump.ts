/**
 * Moves the output of a session into the transfers of its USB driver: bulk transfers while there are free buffers,
 * commands one at a time, because unread ones can then still be taken back and the card has one buffer for them. It
 * also has the driver receive while there is room, and keeps the timer of the session's deadline.
 *
 * It runs when the session asks for it, and after each transfer that has ended: at most once per turn of the event
 * loop.
 */
import { encodeMessage } from './encode.ts';
import type { HssSession } from './session.ts';

/** What a driver does for its session. */
export interface PumpPort {
  /** Begins a transfer. `sent` gives the bytes back, whatever became of it. */
  readonly sendBulk: (bytes: Uint8Array, sent: () => void) => void;
  readonly sendCommand: (bytes: Uint8Array, sent: () => void) => void;
  /** Begins transfers for what the other side sends, as many as may run, unless the session is full. */
  readonly receive: () => void;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Calls back once; the result calls it off. */
  readonly schedule: (milliseconds: number, callback: () => void) => () => void;
}

export interface SessionPumpOptions extends PumpPort {
  readonly session: HssSession;
  /** Bulk transfers under way at a time, and the size of each: the memory of the pump. */
  readonly transfers: number;
  readonly transferBytes: number;
}

export class SessionPump {
  readonly #options: SessionPumpOptions;
  readonly #session: HssSession;
  readonly #free: Uint8Array[];
  #isPaused = true;
  #isClosed = false;
  #isSendingCommand = false;
  #cancelTimer: (() => void) | undefined;
  #timerAt = Infinity;

  /** Paused until `resume`: it receives, and sends nothing. */
  constructor(options: SessionPumpOptions) {
    const { session, transfers, transferBytes } = options;
    this.#options = options;
    this.#session = session;
    this.#free = Array.from({ length: transfers }, () => new Uint8Array(transferBytes));
    session.output.attach(() => this.#run());
  }

  /** Transfers may be begun. */
  resume(): void {
    if (this.#isClosed) return;
    this.#isPaused = false;
    this.#session.output.request();
  }

  /** Transfers must not be begun; those under way are the driver's to take back. */
  pause(): void {
    this.#isPaused = true;
  }

  /** For good: nothing is begun any more. */
  close(): void {
    this.#isClosed = true;
    this.#isPaused = true;
    this.#session.output.detach();
    this.#cancelTimer?.();
  }

  /** Makes sure that a bulk transfer is under way: whether it is taken shows whether the other side reads. */
  probe(): void {
    if (this.#isPaused || !this.#isIdle) return;
    const buffer = this.#free.pop()!;
    const message = encodeMessage({ kind: 'noOp', messageId: 0, socketId: 0 });
    buffer.set(message);
    this.#begin(buffer, message.length);
  }

  get #isIdle(): boolean {
    return this.#free.length === this.#options.transfers;
  }

  #run(): void {
    if (!this.#isPaused) {
      this.#sendBulk();
      this.#sendCommand();
    }
    this.#options.receive();
    this.#setTimer();
  }

  #sendBulk(): void {
    for (let buffer = this.#free.at(-1); buffer !== undefined; buffer = this.#free.at(-1)) {
      if (!this.#isIdle && !this.#session.isWorthAnother(buffer.length)) return;
      const length = this.#session.nextBulk(buffer, this.#options.now());
      if (length === 0) return;
      this.#free.pop();
      this.#begin(buffer, length);
    }
  }

  #begin(buffer: Uint8Array, length: number): void {
    this.#options.sendBulk(buffer.subarray(0, length), () => {
      this.#free.push(buffer);
      this.#session.output.request();
    });
  }

  #sendCommand(): void {
    if (this.#isSendingCommand) return;
    const command = this.#session.nextCommand();
    if (command === undefined) return;
    this.#isSendingCommand = true;
    this.#options.sendCommand(command, () => {
      this.#isSendingCommand = false;
      this.#session.output.request();
    });
  }

  /** A timer that is early asks again; to create one for each transfer costs more than that. */
  #setTimer(): void {
    const at = this.#session.deadline ?? Infinity;
    if (at >= this.#timerAt) return;
    this.#cancelTimer?.();
    this.#timerAt = at;
    const wait = Math.max(1, Math.ceil(at - this.#options.now()));
    this.#cancelTimer = this.#options.schedule(wait, () => {
      this.#timerAt = Infinity;
      this.#session.expire(this.#options.now());
    });
  }
}
