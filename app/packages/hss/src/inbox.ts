/**
 * What a socket has received and its user has not taken yet. Large pieces are handed on as views of the transfer that
 * brought them. Small ones are copied, because a view of one byte would keep the buffer of a whole transfer; and while
 * the user is busy they are gathered, because each that is handed on costs more than its bytes. Memory therefore
 * follows the bytes, which the windows bound, whatever the messages that they came in.
 */
import type { ChunkHold } from './chunk-hold.ts';

export interface InboxOwner {
  /** `consumed` must be called once, when the bytes are not needed any more. */
  deliver(data: Uint8Array, consumed: () => void): void;
  /** So many bytes are not needed any more; these messages ended among them. */
  taken(bytes: number, messageIds: readonly number[]): void;
}

/** Half of the largest transfer: a view keeps at most twice its bytes, and a copy costs less than what it is for. */
const viewBytes = 8 * 1024;
const blockBytes = 8 * 1024;

interface Block {
  readonly bytes: Uint8Array;
  length: number;
  readonly messageIds: number[];
}

const none: readonly number[] = [];

export class Inbox {
  readonly #owner: InboxOwner;
  #keptBytes = 0;
  /** Handed on and not taken yet. */
  #delivered = 0;
  /** Gathered while something is handed on; undefined when empty. */
  #block: Block | undefined;

  constructor(owner: InboxOwner) {
    this.#owner = owner;
  }

  /** Bytes that were received and are still needed. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** `messageId` identifies the message that ends with these data; undefined if it needs no acknowledgement. */
  put(data: Uint8Array, messageId: number | undefined, hold: ChunkHold): void {
    this.#keptBytes += data.length;
    if (data.length >= viewBytes) {
      this.flush();
      hold.take();
      this.#deliver(data, messageId === undefined ? none : [messageId], hold);
    } else if (this.#delivered === 0) {
      this.#deliver(new Uint8Array(data), messageId === undefined ? none : [messageId]);
    } else {
      this.#gather(data, messageId);
    }
  }

  /** Hands on what was gathered: before an end, which comes after all data. */
  flush(): void {
    const block = this.#block;
    if (block === undefined) return;
    this.#block = undefined;
    this.#deliver(block.bytes.subarray(0, block.length), block.messageIds);
  }

  /** Drops the data that were not delivered yet. */
  discard(): void {
    const block = this.#block;
    if (block === undefined) return;
    this.#block = undefined;
    this.#release(block.length, block.messageIds);
  }

  #gather(data: Uint8Array, messageId: number | undefined): void {
    for (let at = 0; at < data.length;) {
      const block = (this.#block ??= newBlock());
      const count = Math.min(data.length - at, blockBytes - block.length);
      block.bytes.set(data.subarray(at, at + count), block.length);
      block.length += count;
      at += count;
      if (at === data.length && messageId !== undefined) block.messageIds.push(messageId);
      if (block.length === blockBytes) this.flush();
    }
  }

  #deliver(data: Uint8Array, messageIds: readonly number[], hold?: ChunkHold): void {
    this.#delivered++;
    let isTaken = false;
    this.#owner.deliver(data, () => {
      if (isTaken) return;
      isTaken = true;
      this.#delivered--;
      hold?.drop();
      this.#release(data.length, messageIds);
      if (this.#delivered === 0) this.flush();
    });
  }

  #release(bytes: number, messageIds: readonly number[]): void {
    this.#keptBytes -= bytes;
    this.#owner.taken(bytes, messageIds);
  }
}

function newBlock(): Block {
  return { bytes: new Uint8Array(blockBytes), length: 0, messageIds: [] };
}
