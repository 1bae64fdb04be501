/**
 * Cuts one expected message after the other out of a stream. It never holds more than one message: each message of one
 * end answers one of the other, so bytes behind a whole message are a mistake of the peer.
 */
import { concat } from './bytes.ts';
import { XttError } from './errors.ts';
import { checkHeader, layouts, type MessageType } from './message.ts';

export class MessageReader {
  #held: Uint8Array = new Uint8Array(0);

  /**
   * Takes the next bytes of the stream; returns the whole message once it is there. Throws what `checkHeader` throws,
   * and `unexpected-message` when there is more than the message.
   */
  push(expected: Exclude<MessageType, 'Error'>, bytes: Uint8Array): Uint8Array | undefined {
    const { length } = layouts[expected];
    const room = length - this.#held.length;
    this.#held = concat(this.#held, bytes.subarray(0, room));
    checkHeader(expected, this.#held);
    if (bytes.length > room) {
      throw new XttError('unexpected-message', `there are bytes behind the ${expected} message`);
    }
    if (this.#held.length < length) return undefined;
    const message = this.#held;
    this.#held = new Uint8Array(0);
    return message;
  }
}
