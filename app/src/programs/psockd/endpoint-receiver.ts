/** Keeps transfers waiting at the endpoints for what the host sends, as many as the session and the buffers allow. */
import type { FunctionPort } from 'function-fs';
import type { CardSession } from 'hss';
import { endpoint } from '../../platform/socket-interface.ts';
import type { TransfersUnderWay } from './transfers-under-way.ts';

export interface EndpointReceiverOptions {
  readonly session: CardSession;
  readonly port: Pick<FunctionPort, 'receive'>;
  readonly transfers: TransfersUnderWay;
  /** The function is enabled. */
  readonly isEnabled: () => boolean;
  /** A transfer ended with this negative error number. */
  readonly onFailed: (result: number) => void;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

export const bulkTransferBytes = 16 * 1024;
/** The largest packet of an interrupt endpoint at high speed that we describe. */
const commandBytes = 64;
export const bulkTransfers = 4;
export const commandTransfers = 4;
/** Chunks that clients are still writing may keep so many buffers besides those that wait for the host. */
const spareBuffers = 4;

export class EndpointReceiver {
  readonly #options: EndpointReceiverOptions;
  readonly #bulkBuffers = newBuffers(bulkTransfers + spareBuffers, bulkTransferBytes);
  readonly #commandBuffers = newBuffers(commandTransfers, commandBytes);
  #waiting = 0;

  constructor(options: EndpointReceiverOptions) {
    this.#options = options;
  }

  /** A bulk transfer waits for the host. */
  get isReceiving(): boolean {
    return this.#waiting > 0;
  }

  receive(): void {
    const { isEnabled, session } = this.#options;
    while (isEnabled() && !session.isFull && this.#waiting < bulkTransfers) {
      const buffer = this.#bulkBuffers.pop();
      if (buffer === undefined) break;
      this.#receiveBulk(buffer);
    }
    while (isEnabled() && this.#commandBuffers.length > 0) {
      this.#receiveCommand(this.#commandBuffers.pop()!);
    }
  }

  #receiveBulk(buffer: Uint8Array): void {
    const { port, transfers, onFailed } = this.#options;
    this.#waiting++;
    const free = (): void => {
      this.#waiting--;
      this.#bulkBuffers.push(buffer);
    };
    transfers.begin({
      start: (ended) => port.receive(endpoint.bulkOut, buffer, ended),
      done: (result) => {
        if (result < 0) {
          free();
          return onFailed(result);
        }
        this.#waiting--;
        this.#received(buffer, result);
      },
      free,
    });
  }

  #receiveCommand(buffer: Uint8Array): void {
    const { port, session, transfers, onFailed, now } = this.#options;
    const free = (): void => void this.#commandBuffers.push(buffer);
    transfers.begin({
      start: (ended) => port.receive(endpoint.commandOut, buffer, ended),
      done: (result) => {
        if (result > 0) session.commandReceived(buffer.subarray(0, result), now());
        free();
        if (result < 0) onFailed(result);
      },
      free,
    });
  }

  #received(buffer: Uint8Array, length: number): void {
    const { session, now } = this.#options;
    const giveBack = (): void => void this.#bulkBuffers.push(buffer);
    const chunk = buffer.subarray(0, length);
    const endsTransfer = length < bulkTransferBytes;
    if (this.#bulkBuffers.length > 0) {
      return session.bulkReceived(chunk, endsTransfer, giveBack, now());
    }
    // Clients are still writing what the others brought: the host shall not wait for them.
    const copy = chunk.slice();
    giveBack();
    session.bulkReceived(copy, endsTransfer, () => undefined, now());
  }
}

function newBuffers(count: number, length: number): Uint8Array[] {
  return Array.from({ length: count }, () => new Uint8Array(length));
}
