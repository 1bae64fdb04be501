/**
 * Moves a session over the endpoints of a card. Asks for a window first; a card that does not support that is one of
 * the C system and gets what it understands.
 */
import {
  decodeWindowReply,
  HostSession,
  SessionPump,
  windowValue,
  type HostSessionOptions,
  type SessionCounters,
} from 'hss';
import type { DevicePort } from './device-port.ts';
import type { DeviceError } from './errors.ts';

export interface HostUsbDriverOptions extends Omit<HostSessionOptions, 'maxSockets'> {
  readonly port: DevicePort;
  readonly maxSockets: number;
  /** The session has started, or started over; with or without a window. */
  readonly onSession: (isWindowed: boolean) => void;
  /** The card did not take part in starting over. */
  readonly onFailure: (error: DeviceError) => void;
  readonly now?: () => number;
}

/** Per socket; less when the card may have so many that all windows together were more than a card may fill. */
const largestWindowBytes = 256 * 1024;
const cardBytes = 32 * 1024 * 1024;
/** A command that comes so soon after the beginning left before it, and waited in a buffer of the card's controller. */
const settlingMs = 500;
const windowedTransferBytes = 16 * 1024;
/** Cards of the C system end no transfer that fills its packets, so a longer one would wait for data to come. */
const plainTransferBytes = 1024;
const transfers = 4;

export class HostUsbDriver {
  readonly session: HostSession;
  readonly #options: HostUsbDriverOptions;
  readonly #now: () => number;
  readonly #pump: SessionPump;
  #receiving = 0;
  #isReceivingCommand = false;
  #isClosed = false;
  /** No session has begun yet, or the next one has not. */
  #isStarting = true;
  #begunAt = 0;

  constructor(options: HostUsbDriverOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.session = new HostSession(options);
    const { port } = options;
    this.#pump = new SessionPump({
      session: this.session,
      transfers,
      transferBytes: windowedTransferBytes,
      sendBulk: (bytes, sent) => port.sendBulk(bytes, sent),
      sendCommand: (bytes, sent) => port.sendCommand(bytes, sent),
      receive: () => this.#receive(),
      now: this.#now,
      schedule: (wait, callback) => {
        const timer = setTimeout(callback, wait);
        return () => clearTimeout(timer);
      },
    });
  }

  get counters(): SessionCounters {
    return this.session.counters;
  }

  /** Rejects when the card does not answer at all. */
  async start(): Promise<void> {
    await this.#begin();
  }

  /** What the card connects now may begin elsewhere than what is connected. */
  tellMoved(): void {
    if (!this.#isClosed && !this.#isStarting && this.session.isWindowed)
      this.#options.port.tellMoved();
  }

  close(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#isClosed = true;
    this.#pump.close();
    this.session.stop();
    return this.#options.port.close();
  }

  async #begin(): Promise<void> {
    this.#isStarting = true;
    this.#pump.pause();
    const { port, onSession, maxSockets } = this.#options;
    const windowBytes = Math.min(largestWindowBytes, cardBytes / maxSockets);
    const reply = await port.requestWindow(windowValue(windowBytes));
    const granted = reply && decodeWindowReply(reply);
    if (this.#isClosed) return;
    this.#isStarting = false;
    this.#begunAt = this.#now();
    this.session.start(granted && { ours: windowBytes, theirs: granted.windowBytes });
    onSession(granted !== undefined);
    this.#receive();
    this.#pump.resume();
  }

  #beginAnew(): void {
    this.session.stop();
    this.#begin().catch((error: unknown) => {
      // The port rejects with nothing else.
      this.#options.onFailure(error as DeviceError);
    });
  }

  readonly #onCommand = (bytes: Uint8Array): void => {
    this.#isReceivingCommand = false;
    if (this.#isClosed || this.#isStarting) return;
    // In a windowed session commands come with the data: the card has started over and has no window.
    if (this.session.isWindowed && bytes.length > 0) {
      if (this.#now() - this.#begunAt > settlingMs) return this.#beginAnew();
    } else if (bytes.length > 0) {
      this.session.commandReceived(bytes, this.#now());
    }
    this.#receive();
  };

  /**
   * While the session is full the card waits: what it sends stays with it. Called also as soon as a transfer has
   * arrived: each that is begun is a system call of its own, and gains nothing by waiting for the pump.
   */
  #receive(): void {
    if (this.#isClosed || this.#isStarting) return;
    const { session } = this;
    const { port } = this.#options;
    // In a windowed session a command means that the card has restarted; the queued answers are obsolete.
    if (!this.#isReceivingCommand && (session.isWindowed || !session.isFull)) {
      this.#isReceivingCommand = true;
      port.receiveCommand(this.#onCommand);
    }
    while (this.#receiving < transfers && !session.isFull) {
      this.#receiving++;
      const length = session.isWindowed ? windowedTransferBytes : plainTransferBytes;
      port.receiveBulk(length, (bytes) => {
        this.#receiving--;
        if (this.#isClosed || this.#isStarting) return;
        // The buffer is ours: nothing to release.
        if (bytes.length > 0) {
          session.bulkReceived(bytes, bytes.length < length, () => undefined, this.#now());
        }
        this.#receive();
      });
    }
  }
}
