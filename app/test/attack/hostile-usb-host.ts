/**
 * A host that attacks the memory of psockd: it makes every connection, floods bytes in messages of one each, within the
 * windows where it asked for any, and takes no data.
 */
import {
  decodeMessage,
  encodeMessage,
  maxPayloadBytes,
  opcode,
  resultCode,
  StreamReader,
  windowReplyLength,
  windowRequestNumber,
  windowRequestType,
  windowValue,
  type HssMessage,
} from 'hss';
import type { FunctionFsEvent, FunctionPort, Transfer } from 'function-fs';
import { endpoint } from '../../src/platform/socket-interface.ts';

/** What psockd grants. */
const windowBytes = 128 * 1024;
const refused: Transfer = { cancel: () => undefined };

interface Read {
  readonly buffer: Uint8Array;
  readonly done: (result: number) => void;
}

export class HostileUsbHost implements FunctionPort {
  /** Bytes of the flood that were taken from it. */
  taken = 0;
  isFlooding = false;
  readonly #isWindowed: boolean;
  readonly #reads: Record<number, Read[]> = { [endpoint.bulkOut]: [], [endpoint.commandOut]: [] };
  readonly #answers: Uint8Array[] = [];
  readonly #left = new Map<number, number>();
  readonly #reader = new StreamReader({
    onMessage: (bytes) => this.#answer(bytes),
    onData: () => undefined,
    onGarbage: () => undefined,
  });
  #isMoving = false;

  constructor(isWindowed: boolean) {
    this.#isWindowed = isWindowed;
  }

  open(onEvent: (event: FunctionFsEvent) => void): this {
    setImmediate(() => {
      onEvent({ kind: 'enable' });
      if (!this.#isWindowed) return;
      const setup = { requestType: windowRequestType, request: windowRequestNumber, index: 0 };
      const value = windowValue(maxPayloadBytes);
      onEvent({ kind: 'setup', setup: { ...setup, value, length: windowReplyLength } });
    });
    return this;
  }

  receive(number: number, buffer: Uint8Array, done: (result: number) => void): Transfer {
    const read = { buffer, done };
    const reads = this.#reads[number]!;
    reads.push(read);
    this.#move();
    return {
      cancel: () => {
        const at = reads.indexOf(read);
        if (at < 0) return;
        reads.splice(at, 1);
        setImmediate(() => done(-104));
      },
    };
  }

  send(
    number: number,
    buffer: Uint8Array,
    count: number,
    done: (result: number) => void,
  ): Transfer {
    const bytes = buffer.slice(0, count);
    if (number === endpoint.commandIn) this.#answer(bytes);
    else if (this.#isWindowed) this.#reader.push(bytes, true);
    setImmediate(() => done(count));
    return refused;
  }

  answer(): void {}

  stall(): void {}

  close(): void {}

  /** Goes on with the flood. */
  readonly #move = (): void => {
    if (this.#isMoving) return;
    this.#isMoving = true;
    setImmediate(() => {
      this.#isMoving = false;
      const answers = this.#reads[this.#isWindowed ? endpoint.bulkOut : endpoint.commandOut]!;
      while (this.#answers.length > 0 && answers.length > 0) {
        this.#give(answers.shift()!, this.#answers.shift()!);
      }
      const reads = this.#reads[endpoint.bulkOut]!;
      while (this.isFlooding && reads.length > 0) {
        const transfer = this.#fill(reads[0]!.buffer.length);
        if (transfer.length === 0) return;
        this.taken += transfer.length;
        this.#give(reads.shift()!, transfer);
      }
    });
  };

  flood(): void {
    this.isFlooding = true;
    this.#move();
  }

  #give({ buffer, done }: Read, bytes: Uint8Array): void {
    buffer.set(bytes);
    done(bytes.length);
  }

  /** As many messages as a transfer holds that is not full. */
  #fill(length: number): Uint8Array {
    const parts: Uint8Array[] = [];
    let room = length - 1;
    for (;;) {
      const [first] = this.#left;
      if (first === undefined) break;
      const [socketId, left] = first;
      const data = Uint8Array.of(left);
      const message = encodeMessage({ kind: 'transmit', messageId: 1, socketId, data });
      if (message.length > room) break;
      parts.push(message);
      room -= message.length;
      this.#left.delete(socketId);
      if (left > 1) this.#left.set(socketId, left - 1);
    }
    return Buffer.concat(parts);
  }

  #answer(bytes: Uint8Array): void {
    const message = decodeMessage(bytes);
    if (message.kind !== 'open' && message.kind !== 'connect') return;
    const socketId = message.kind === 'open' ? message.handle : message.socketId;
    const answer: HssMessage = {
      kind: 'ack',
      messageId: message.messageId,
      socketId,
      of: opcode[message.kind],
      result: resultCode.success,
      data: new Uint8Array(0),
    };
    this.#answers.push(encodeMessage(answer));
    if (message.kind === 'connect') {
      this.#left.set(socketId, this.#isWindowed ? windowBytes : Infinity);
    }
    this.#move();
  }
}
