/**
 * What a session has to say besides data: commands in order, and acknowledgements of data, which are joined per socket
 * until they are sent.
 */
import { writeHeader, headerLength, opcode, writeUint16, writeUint32 } from './header.ts';
import { resultCode } from './result-code.ts';
import type { HssSocket } from './socket.ts';

const creditBytes = headerLength + 7;

interface Command {
  readonly bytes: Uint8Array;
  readonly socket: HssSocket | undefined;
  readonly isOpen: boolean;
}

export class Outbox {
  #commands: Command[] = [];
  readonly #credits = new Set<HssSocket>();

  get commandCount(): number {
    return this.#commands.length;
  }

  put(bytes: Uint8Array, socket: HssSocket | undefined, isOpen = false): void {
    this.#commands.push({ bytes, socket, isOpen });
  }

  shift(): Uint8Array | undefined {
    return this.#commands.shift()?.bytes;
  }

  /** The number of bytes that this socket has consumed is to be told. */
  putCredit(socket: HssSocket): void {
    this.#credits.add(socket);
  }

  /** Takes back what waits for this socket. True when the other side has not heard of it yet. */
  forget(socket: HssSocket): boolean {
    this.#credits.delete(socket);
    const isUnheard = this.#commands.some((command) => command.socket === socket && command.isOpen);
    this.#commands = this.#commands.filter((command) => command.socket !== socket);
    return isUnheard;
  }

  clear(): void {
    this.#commands = [];
    this.#credits.clear();
  }

  /** Acknowledgements, then commands, as many as fit; returns the offset behind. */
  fill(into: Uint8Array, limit: number, nextId: () => number): number {
    let at = 0;
    for (const socket of this.#credits) {
      if (at + creditBytes > limit) return at;
      writeHeader(into, at, opcode.ack, nextId(), socket.id, creditBytes - headerLength);
      writeUint16(into, at + headerLength, opcode.transmit);
      into[at + headerLength + 2] = resultCode.success;
      writeUint32(into, at + headerLength + 3, socket.untoldBytes);
      socket.untoldBytes = 0;
      this.#credits.delete(socket);
      at += creditBytes;
    }
    for (let next = this.#commands[0]; next !== undefined; next = this.#commands[0]) {
      if (at + next.bytes.length > limit) break;
      into.set(next.bytes, at);
      at += next.bytes.length;
      this.#commands.shift();
    }
    return at;
  }
}
