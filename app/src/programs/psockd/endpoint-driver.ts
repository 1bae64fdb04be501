/**
 * Moves a session over the endpoints of its USB function, and follows the host as it comes, goes and starts over. What
 * a turn of the event loop begins goes to the kernel in one call, so everything is begun when the session's pump runs.
 */
import type { ControlSetup, FunctionFsEvent, FunctionPort } from 'function-fs';
import {
  encodeMovedReply,
  encodeWindowReply,
  isMovedRequest,
  SessionPump,
  windowOfRequest,
  type CardSession,
} from 'hss';
import type { Logger } from '../../platform/log.ts';
import { endpoint } from '../../platform/socket-interface.ts';
import {
  bulkTransferBytes,
  bulkTransfers,
  commandTransfers,
  EndpointReceiver,
} from './endpoint-receiver.ts';
import { ReaderWatch } from './reader-watch.ts';
import { TransfersUnderWay } from './transfers-under-way.ts';

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
  readonly #transfers: TransfersUnderWay;
  readonly #receiver: EndpointReceiver;
  readonly #pump: SessionPump;
  #isEnabled = false;
  #cancelQuiet: (() => void) | undefined;
  #cancelRetry: (() => void) | undefined;
  readonly #watch: ReaderWatch;

  constructor(options: EndpointDriverOptions) {
    this.#options = options;
    const { session, now, schedule } = options;
    this.#session = session;
    this.#transfers = new TransfersUnderWay(() => session.output.request());
    this.#receiver = new EndpointReceiver({
      ...options,
      transfers: this.#transfers,
      isEnabled: () => this.#isEnabled,
      onFailed: (result) => this.#failed(result),
    });
    this.#pump = new SessionPump({
      session,
      transfers: bulkTransfers,
      transferBytes: bulkTransferBytes,
      sendBulk: (bytes, sent) => this.#sendBulk(bytes, sent),
      sendCommand: (bytes, sent) => this.#sendCommand(bytes, sent),
      receive: () => this.#receiver.receive(),
      now,
      schedule,
    });
    this.#watch = new ReaderWatch({
      schedule,
      probe: () => this.#probeHost(),
      onGone: () => this.#hostDied(),
    });
  }

  /** A host may have enabled the function before we came; only trying shows, unless an event has shown it already. */
  probe(): void {
    if (this.#isEnabled || this.#transfers.isRestarting) return;
    this.#retryAfter(probeMs, () => {
      if (!this.#receiver.isReceiving) return;
      this.#plugged();
      this.#resume();
    });
    this.#isEnabled = true;
    this.#receiver.receive();
  }

  onEvent(event: FunctionFsEvent): void {
    switch (event.kind) {
      case 'enable':
        return this.#restart(() => {
          this.#plugged();
          this.#cancelQuiet = this.#options.schedule(quietMs, () => this.#resume());
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

  close(): void {
    this.#pump.close();
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
  }

  /** The function may have been disabled meanwhile; its event comes then. */
  #resume(): void {
    if (this.#isEnabled) this.#pump.resume();
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
      this.#resume();
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
      this.#receiver.receive();
      // Last: what the host sends from now on belongs to the new session.
      this.#options.port.answer(encodeWindowReply({ windowBytes, session }));
      this.#watch.start();
      this.#resume();
    });
  }

  #restart(next: () => void): void {
    this.#cancelRetry?.();
    this.#cancelQuiet?.();
    this.#watch.stop();
    this.#disable();
    this.#transfers.restart(next);
  }

  #disable(): void {
    this.#isEnabled = false;
    this.#pump.pause();
  }

  #sendBulk(bytes: Uint8Array, sent: () => void): void {
    this.#transfers.begin({
      start: (ended) => this.#options.port.send(endpoint.bulkIn, bytes, bytes.length, ended),
      done: (result) => {
        sent();
        if (result < 0) return this.#failed(result);
        this.#watch.taken();
      },
      free: sent,
    });
  }

  #probeHost(): void {
    // An end that is known otherwise.
    if (!this.#isEnabled || !this.#session.isWindowed) return this.#watch.stop();
    this.#pump.probe();
  }

  #sendCommand(bytes: Uint8Array, sent: () => void): void {
    this.#transfers.begin({
      start: (ended) => this.#options.port.send(endpoint.commandIn, bytes, bytes.length, ended),
      done: (result) => {
        sent();
        if (result < 0) this.#failed(result);
      },
      free: sent,
    });
  }

  /** The function was disabled, or was never enabled: its event comes. Anything else loses data: try again. */
  #failed(result: number): void {
    if (result === notEnabled || disabled.has(result)) return this.#disable();
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
}
