/** The commands of a session that wait to be sent, in order. */
import { messageCost } from './budget.ts';
import type { HssSocket } from './socket.ts';

interface CommandOptions {
  /** Whose command it is: taken back with the socket. */
  readonly socket?: HssSocket;
  readonly isOpen?: boolean;
  /** Called when the command leaves; not if it is taken back. */
  readonly onTaken?: () => void;
}

interface Command extends CommandOptions {
  readonly bytes: Uint8Array;
}

export class Outbox {
  readonly #onPut: () => void;
  #commands: Command[] = [];
  #bytes = 0;

  /** `onPut` is called when there is something to send. */
  constructor(onPut: () => void) {
    this.#onPut = onPut;
  }

  get commandCount(): number {
    return this.#commands.length;
  }

  /** What they take; see budget.ts. */
  get cost(): number {
    return this.#bytes + messageCost * this.#commands.length;
  }

  put(bytes: Uint8Array, options: CommandOptions = {}): void {
    this.#commands.push({ bytes, ...options });
    this.#bytes += bytes.length;
    this.#onPut();
  }

  shift(): Uint8Array | undefined {
    const command = this.#commands.shift();
    if (command === undefined) return undefined;
    this.#bytes -= command.bytes.length;
    command.onTaken?.();
    return command.bytes;
  }

  /** Takes back what waits for this socket. True when nothing of it was sent yet. */
  forget(socket: HssSocket): boolean {
    const forgotten = this.#commands.filter((command) => command.socket === socket);
    if (forgotten.length === 0) return false;
    this.#commands = this.#commands.filter((command) => command.socket !== socket);
    this.#bytes -= forgotten.reduce((sum, { bytes }) => sum + bytes.length, 0);
    return forgotten.some(({ isOpen }) => isOpen === true);
  }

  clear(): void {
    this.#commands = [];
    this.#bytes = 0;
  }

  /** As many as fit from `start` on; returns the offset behind. */
  fill(into: Uint8Array, start: number, limit: number): number {
    let at = start;
    for (let next = this.#commands[0]; next !== undefined; next = this.#commands[0]) {
      if (at + next.bytes.length > limit) break;
      into.set(next.bytes, at);
      at += next.bytes.length;
      this.shift();
    }
    return at;
  }
}
