/**
 * Moves a session over the endpoints of its USB function: keeps transfers waiting for what the host sends, sends what
 * the session has, and follows the host as it comes, goes and starts over.
 *
 * A restart cancels all transfers and waits until each has ended: nothing of before can be taken for something of now.
 */
import type { ControlSetup, FunctionFsEvent, FunctionPort, Transfer } from 'function-fs';
import {
  encodeMessage,
  encodeMovedReply,
  encodeWindowReply,
  isMovedRequest,
  windowOfRequest,
  type CardSession,
} from 'hss';
import type { Logger } from '../../platform/log.ts';
import { ReaderWatch } from './reader-watch.ts';
import { endpoint } from '../../platform/socket-interface.ts';

export interface EndpointDriverOptions {
  readonly session: CardSession;
  readonly port: FunctionPort;
  readonly log: Logger;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Calls back once; the result calls it off. */
  readonly schedule: (milliseconds: number, callback: () => void) => () => void;
  /** What connects now may begin elsewhere than what is connected: the host's network has changed. */
  readonly onHostMoved: () => void;
  /** Distinguishes the sessions of this card. */
  readonly randomNumber: () => number;
}

const transferBytes = 16 * 1024;
/** The largest packet of an interrupt endpoint at high speed that we describe. */
const commandBytes = 64;
const bulkTransfers = 4;
const commandTransfers = 4;
/** Chunks that clients are still writing may keep so many buffers besides those that wait for the host. */
const spareBuffers = 4;
/** Per socket, towards a host that keeps to windows: 4 MiB for all clients together. */
const windowBytes = 128 * 1024;
/**
 * A host that grants windows asks for one right after it has enabled the interface. What was sent before cannot be
 * taken back for certain: small transfers go into a buffer of the controller.
 */
const quietMs = 250;
const retryMs = 1000;
const probeMs = 50;

const notEnabled = -11; // EAGAIN
const disabled = new Set([-19, -108, -104, -125]); // ENODEV, ESHUTDOWN, ECONNRESET and ECANCELED: taken back

/** All at once: sent together, they finish together. */
export const driverTransfers = 2 * bulkTransfers + commandTransfers + 1;

export class EndpointDriver {
  readonly #options: EndpointDriverOptions;
  readonly #session: CardSession;
  readonly #running = new Set<Transfer>();
  readonly #receiveBuffers = newBuffers(bulkTransfers + spareBuffers, transferBytes);
  readonly #commandBuffers = newBuffers(commandTransfers, commandBytes);
  readonly #sendBuffers = newBuffers(bulkTransfers, transferBytes);
  #receiving = 0;
  #isSendingCommand = false;
  /** What to do when the last transfer has ended; nothing is begun before. */
  #afterCancel: (() => void) | undefined;
  #isEnabled = false;
  #isQuiet = false;
  #cancelQuiet: (() => void) | undefined;
  #cancelTimer: (() => void) | undefined;
  #timerAt = Infinity;
  #cancelRetry: (() => void) | undefined;
  readonly #watch: ReaderWatch;

  constructor(options: EndpointDriverOptions) {
    this.#options = options;
    this.#session = options.session;
    this.#watch = new ReaderWatch({
      schedule: options.schedule,
      probe: () => this.#probeHost(),
      onGone: () => this.#hostDied(),
    });
  }

  /** A host may have enabled the function before we came; only trying shows, unless an event has shown it already. */
  probe(): void {
    if (this.#isEnabled || this.#afterCancel !== undefined) return;
    this.#retryAfter(probeMs, () => {
      if (this.#receiving > 0) this.#plugged();
    });
    this.#isEnabled = true;
    this.#receive();
  }

  onEvent(event: FunctionFsEvent): void {
    switch (event.kind) {
      case 'enable':
        return this.#restart(() => {
          this.#beQuiet();
          this.#plugged();
        });
      case 'disable':
      case 'unbind':
        return this.#unplugged();
      case 'setup':
        return this.#control(event.setup);
      case 'bind':
      case 'suspend':
      case 'resume':
        this.#options.log.debug(`the host: ${event.kind}`);
    }
  }

  /** Sends what there is; after everything that may have made something to send. */
  pump(): void {
    if (!this.#isEnabled || this.#afterCancel !== undefined) return;
    if (!this.#isQuiet) {
      this.#sendBulk();
      this.#sendCommand();
    }
    this.#receive();
    this.#setTimer();
  }

  close(): void {
    this.#cancelTimer?.();
    this.#cancelRetry?.();
    this.#cancelQuiet?.();
    this.#watch.stop();
    this.#isEnabled = false;
    this.#options.port.close();
  }

  #plugged(): void {
    this.#options.log.info('host-connected', 'the host is connected');
    this.#isEnabled = true;
    this.#session.plugged();
    this.pump();
  }

  #unplugged(): void {
    this.#restart(() => {
      if (this.#session.presence === 'unplugged') return;
      this.#options.log.info('host-disconnected', 'the host has disconnected');
      this.#session.unplugged();
    });
  }

  /** The host is still there: its next program will ask for a window. */
  #hostDied(): void {
    if (!this.#isEnabled || !this.#session.isWindowed) return;
    this.#options.log.info(
      'host-stopped-reading',
      'psock-host has stopped reading: it ended, or hangs',
    );
    this.#restart(() => {
      this.#isEnabled = true;
      this.#session.plugged();
      this.pump();
    });
  }

  #control(setup: ControlSetup): void {
    if (isMovedRequest(setup) && this.#session.isWindowed) {
      this.#options.log.info('host-network-changed', 'the network of the host has changed');
      this.#options.port.answer(encodeMovedReply());
      return this.#options.onHostMoved();
    }
    const theirs = windowOfRequest(setup);
    if (theirs === undefined) {
      this.#options.log.debug(`control request ${setup.request} of the host: refused`);
      return this.#options.port.stall(setup);
    }
    this.#restart(() => {
      this.#isEnabled = true;
      this.#session.windowGranted(theirs, windowBytes);
      this.#options.log.info(
        'host-window',
        `psock-host grants a window of ${theirs / 1024} KiB per socket`,
      );
      const session = this.#options.randomNumber();
      this.#receive();
      // Last: what the host sends from now on belongs to the new session.
      this.#options.port.answer(encodeWindowReply({ windowBytes, session }));
      this.#watch.start();
      this.pump();
    });
  }

  #beQuiet(): void {
    this.#isQuiet = true;
    this.#cancelQuiet = this.#options.schedule(quietMs, () => {
      this.#isQuiet = false;
      this.pump();
    });
  }

  #restart(next: () => void): void {
    this.#cancelRetry?.();
    this.#cancelQuiet?.();
    this.#watch.stop();
    this.#isQuiet = false;
    this.#isEnabled = false;
    this.#afterCancel = next;
    if (this.#running.size === 0) return this.#restarted();
    for (const transfer of this.#running) transfer.cancel();
  }

  #restarted(): void {
    const next = this.#afterCancel;
    this.#afterCancel = undefined;
    next?.();
  }

  /** Registers a transfer; `done` is called only if it counts. True when it was begun. */
  #begin(
    start: (done: (result: number) => void) => Transfer,
    done: (result: number) => void,
    free: () => void,
  ): void {
    const transfer = start((result) => {
      this.#running.delete(transfer);
      if (this.#afterCancel !== undefined) {
        free();
        if (this.#running.size === 0) this.#restarted();
        return;
      }
      done(result);
      this.pump();
    });
    this.#running.add(transfer);
  }

  #receive(): void {
    const { port } = this.#options;
    while (this.#isEnabled && !this.#session.isFull && this.#receiving < bulkTransfers) {
      const buffer = this.#receiveBuffers.pop();
      if (buffer === undefined) break;
      this.#receiving++;
      const free = (): void => {
        this.#receiving--;
        this.#receiveBuffers.push(buffer);
      };
      this.#begin(
        (done) => port.receive(endpoint.bulkOut, buffer, done),
        (result) => {
          if (result < 0) {
            free();
            return this.#failed(result);
          }
          this.#receiving--;
          this.#received(buffer, result);
        },
        free,
      );
    }
    while (this.#isEnabled && this.#commandBuffers.length > 0) {
      const buffer = this.#commandBuffers.pop()!;
      const free = (): void => void this.#commandBuffers.push(buffer);
      this.#begin(
        (done) => port.receive(endpoint.commandOut, buffer, done),
        (result) => {
          if (result > 0) {
            this.#session.commandReceived(buffer.subarray(0, result), this.#options.now());
          }
          free();
          if (result < 0) this.#failed(result);
        },
        free,
      );
    }
  }

  #received(buffer: Uint8Array, length: number): void {
    const giveBack = (): void => {
      this.#receiveBuffers.push(buffer);
      this.#receive();
    };
    const chunk = buffer.subarray(0, length);
    const endsTransfer = length < transferBytes;
    const now = this.#options.now();
    if (this.#receiveBuffers.length > 0) {
      return this.#session.bulkReceived(chunk, endsTransfer, giveBack, now);
    }
    // Clients are still writing what the others brought: the host shall not wait for them.
    const copy = chunk.slice();
    giveBack();
    this.#session.bulkReceived(copy, endsTransfer, () => undefined, now);
  }

  #sendBulk(): void {
    for (let buffer = this.#sendBuffers.pop(); buffer; buffer = this.#sendBuffers.pop()) {
      const sending = buffer;
      const isFirst = this.#sendBuffers.length === bulkTransfers - 1;
      if (!isFirst && !this.#session.isWorthAnother(sending.length)) {
        return void this.#sendBuffers.push(sending);
      }
      const length = this.#session.nextBulk(sending, this.#options.now());
      const free = (): void => void this.#sendBuffers.push(sending);
      if (length === 0) return free();
      this.#beginBulk(sending, length, free);
    }
  }

  #beginBulk(bytes: Uint8Array, length: number, free: () => void): void {
    this.#begin(
      (done) => this.#options.port.send(endpoint.bulkIn, bytes, length, done),
      (result) => {
        free();
        if (result < 0) return this.#failed(result);
        this.#watch.taken();
      },
      free,
    );
  }

  #probeHost(): void {
    // An end that is known otherwise.
    if (!this.#isEnabled || !this.#session.isWindowed) return this.#watch.stop();
    if (this.#sendBuffers.length < bulkTransfers) return;
    const buffer = this.#sendBuffers.pop()!;
    const bytes = encodeMessage({ kind: 'noOp', messageId: 0, socketId: 0 });
    buffer.set(bytes);
    this.#beginBulk(buffer, bytes.length, () => void this.#sendBuffers.push(buffer));
  }

  /** One at a time, so that unread data can still be taken back. */
  #sendCommand(): void {
    if (this.#isSendingCommand) return;
    const command = this.#session.nextCommand();
    if (command === undefined) return;
    this.#isSendingCommand = true;
    const free = (): void => void (this.#isSendingCommand = false);
    this.#begin(
      (done) => this.#options.port.send(endpoint.commandIn, command, command.length, done),
      (result) => {
        free();
        if (result < 0) this.#failed(result);
      },
      free,
    );
  }

  /** The function was disabled, or was never enabled: its event comes. Anything else loses data: try again. */
  #failed(result: number): void {
    if (result === notEnabled || disabled.has(result)) {
      this.#isEnabled = false;
      return;
    }
    this.#options.log.warning(
      'transfer-failed',
      `a USB transfer failed with error ${-result}; trying again`,
      'transfer',
    );
    this.#unplugged();
    this.#retryAfter(retryMs, () => this.probe());
  }

  #retryAfter(milliseconds: number, callback: () => void): void {
    this.#cancelRetry?.();
    this.#cancelRetry = this.#options.schedule(milliseconds, callback);
  }

  #setTimer(): void {
    const at = this.#session.deadline ?? Infinity;
    if (at >= this.#timerAt || at === Infinity) return;
    this.#cancelTimer?.();
    this.#timerAt = at;
    const wait = Math.max(1, Math.ceil(at - this.#options.now()));
    this.#cancelTimer = this.#options.schedule(wait, () => {
      this.#timerAt = Infinity;
      this.#session.expire(this.#options.now());
      this.pump();
    });
  }
}

function newBuffers(count: number, length: number): Uint8Array[] {
  return Array.from({ length: count }, () => new Uint8Array(length));
}
