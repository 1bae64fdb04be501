/**
 * A USB cable between psockd and psock-host, as far as both can see: transfers end short or full, a cancelled one says
 * so, and a card that sends waits until the host has read.
 */
import type { ControlSetup, FunctionFsEvent, FunctionPort, Transfer } from 'function-fs';
import {
  movedReplyLength,
  movedRequestNumber,
  windowReplyLength,
  windowRequestNumber,
  windowRequestType,
} from 'hss';
import type { DevicePort } from 'psock-host';
import { endpoint } from '../../src/platform/socket-interface.ts';

interface Read {
  readonly length: number;
  readonly done: (bytes: Uint8Array | undefined) => void;
}

interface Write {
  bytes: Uint8Array;
  readonly done: (isSent: boolean) => void;
}

/** One endpoint: what was written waits for readers, a reader for what is written. */
class Pipe {
  readonly reads: Read[] = [];
  readonly writes: Write[] = [];

  move(): void {
    while (this.reads.length > 0 && this.writes.length > 0) {
      const read = this.reads.shift()!;
      const write = this.writes[0]!;
      const bytes = write.bytes.slice(0, read.length);
      write.bytes = write.bytes.subarray(bytes.length);
      if (write.bytes.length === 0) {
        this.writes.shift();
        setImmediate(() => write.done(true));
      }
      setImmediate(() => read.done(bytes));
    }
  }
}

const takenBack = -104;
const notEnabled = -11;

export class FakeCable implements FunctionPort {
  isPlugged = false;
  /** Whether the card's host side is one of ours. */
  knowsWindows = true;
  stalls = 0;
  #onEvent: (event: FunctionFsEvent) => void = () => undefined;
  readonly #pipes = new Map<number, Pipe>();
  #answered: ((data: Uint8Array) => void) | undefined;

  /** The card's Ethernet, as its host names it. */
  readonly #hostInterface: string;

  constructor(hostInterface = 'usb0') {
    this.#hostInterface = hostInterface;
    for (const number of Object.values(endpoint)) this.#pipes.set(number, new Pipe());
  }

  /** Another process of the card begins to use it. */
  open(onEvent: (event: FunctionFsEvent) => void): this {
    this.#onEvent = onEvent;
    return this;
  }

  plug(): void {
    this.isPlugged = true;
    this.#onEvent({ kind: 'enable' });
  }

  unplug(): void {
    this.isPlugged = false;
    for (const pipe of this.#pipes.values()) {
      for (const read of pipe.reads.splice(0)) read.done(undefined);
      for (const write of pipe.writes.splice(0)) write.done(false);
    }
    this.#onEvent({ kind: 'disable' });
  }

  /** The host's program is gone, and what it had begun; the host is still there. */
  deafen(): void {
    for (const number of [endpoint.commandIn, endpoint.bulkIn]) {
      this.#pipes.get(number)!.reads.length = 0;
    }
    for (const number of [endpoint.commandOut, endpoint.bulkOut]) {
      this.#pipes.get(number)!.writes.length = 0;
    }
  }

  /** The host's program is busy with something else; what it had begun stays until it goes on. */
  holdReads(number: number): { resume(): void } {
    const pipe = this.#pipes.get(number)!;
    const held = pipe.reads.splice(0);
    return {
      resume: () => {
        pipe.reads.unshift(...held);
        pipe.move();
      },
    };
  }

  /** How many transfers of the card wait for its host. */
  waiting(number: number): number {
    const { reads, writes } = this.#pipes.get(number)!;
    return reads.length + writes.length;
  }

  // The card's side.

  receive(number: number, buffer: Uint8Array, done: (result: number) => void): Transfer {
    const read: Read = {
      length: buffer.length,
      done: (bytes) => {
        if (bytes !== undefined) buffer.set(bytes);
        done(bytes?.length ?? takenBack);
      },
    };
    return this.#begin(
      number,
      'reads',
      read,
      () => done(notEnabled),
      () => done(takenBack),
    );
  }

  send(
    number: number,
    buffer: Uint8Array,
    count: number,
    done: (result: number) => void,
  ): Transfer {
    const write: Write = {
      bytes: buffer.slice(0, count),
      done: (isSent) => done(isSent ? count : takenBack),
    };
    return this.#begin(
      number,
      'writes',
      write,
      () => done(notEnabled),
      () => done(takenBack),
    );
  }

  answer(data: Uint8Array): void {
    this.#answered?.(data);
  }

  stall(setup: ControlSetup): void {
    void setup;
    this.stalls++;
  }

  /** Takes back what the card has begun; its host notices nothing. */
  close(): void {
    this.#onEvent = () => undefined;
    for (const number of [endpoint.commandIn, endpoint.bulkIn]) {
      this.#pipes.get(number)!.writes.length = 0;
    }
    for (const number of [endpoint.commandOut, endpoint.bulkOut]) {
      this.#pipes.get(number)!.reads.length = 0;
    }
  }

  // The host's side.

  readonly hostPort: DevicePort = {
    name: '1-1',
    networkInterfaces: () => [this.#hostInterface],
    requestWindow: (value) => {
      if (!this.knowsWindows) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        this.#answered = (data) => setImmediate(() => resolve(data));
        for (const number of [endpoint.commandIn, endpoint.bulkIn]) {
          for (const read of this.#pipes.get(number)!.reads.splice(0)) read.done(new Uint8Array(0));
        }
        this.#onEvent({ kind: 'enable' });
        this.control(value);
      });
    },
    tellMoved: () => this.control(0, movedRequestNumber, movedReplyLength),
    receiveBulk: (length, received) => this.#hostReads(endpoint.bulkIn, length, received),
    receiveCommand: (received) => this.#hostReads(endpoint.commandIn, 64, received),
    sendBulk: (bytes, sent) => this.#hostWrites(endpoint.bulkOut, bytes, sent),
    sendCommand: (bytes, sent) => this.#hostWrites(endpoint.commandOut, bytes, sent),
    close: () => Promise.resolve(),
  };

  /** A control request of the host. */
  control(value: number, request = windowRequestNumber, length = windowReplyLength): void {
    const setup = { requestType: windowRequestType, request, value, index: 0, length };
    this.#onEvent({ kind: 'setup', setup });
  }

  #hostReads(number: number, length: number, received: (bytes: Uint8Array) => void): void {
    const pipe = this.#pipes.get(number)!;
    pipe.reads.push({ length, done: (bytes) => bytes && received(bytes) });
    pipe.move();
  }

  #hostWrites(number: number, bytes: Uint8Array, sent: () => void): void {
    const pipe = this.#pipes.get(number)!;
    pipe.writes.push({ bytes: bytes.slice(), done: (isSent) => isSent && sent() });
    pipe.move();
  }

  #begin<Kind extends 'reads' | 'writes'>(
    number: number,
    kind: Kind,
    entry: Pipe[Kind][number],
    refuse: () => void,
    takeBack: () => void,
  ): Transfer {
    if (!this.isPlugged) {
      setImmediate(refuse);
      return { cancel: () => undefined };
    }
    const pipe = this.#pipes.get(number)!;
    const list = pipe[kind] as Pipe[Kind][number][];
    list.push(entry);
    pipe.move();
    return {
      cancel: () => {
        const at = list.indexOf(entry);
        if (at < 0) return;
        list.splice(at, 1);
        setImmediate(takeBack);
      },
    };
  }
}
