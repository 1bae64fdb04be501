/**
 * A host as the C system's driver behaves on the wire (from the protocol's documents, not from its source): buffers of
 * 1024 bytes, a ring of 8192 that drops silently what does not fit, one message handled per received buffer, every
 * answer on the command endpoint, no acknowledgement of what it sends itself.
 */
import { decodeMessage, encodeMessage, opcode, type CardSession } from '../src/index.ts';

const bufferBytes = 1024;
const ringBytes = 8192;
const maxPayload = 1012;

interface HostSocket {
  received: Uint8Array[];
  isConnected: boolean;
}

export class CHost {
  readonly sockets = new Map<number, HostSocket>();
  dropped = 0;
  isAcknowledging = true;
  readonly #card: CardSession;
  #partial = new Uint8Array(0);
  #ring = new Uint8Array(0);
  #messageId = 0;

  constructor(card: CardSession) {
    this.#card = card;
  }

  /** Moves everything that the card wants to send; true when there was something. */
  step(now: number): boolean {
    let hasMoved = false;
    for (let command = this.#card.nextCommand(); command; command = this.#card.nextCommand()) {
      this.#command(command, now);
      hasMoved = true;
    }
    const buffer = new Uint8Array(2048);
    const length = this.#card.nextBulk(buffer, now);
    if (length === 0) return hasMoved;
    // A transfer is over for the host controller when a packet is short, or the buffer full.
    this.#partial = Uint8Array.from([...this.#partial, ...buffer.subarray(0, length)]);
    while (this.#partial.length >= bufferBytes) this.#bulk(this.#take(bufferBytes), now);
    const isShort = length % 512 !== 0;
    if (isShort && this.#partial.length > 0) this.#bulk(this.#take(this.#partial.length), now);
    return true;
  }

  send(id: number, data: Uint8Array, now: number): void {
    for (let at = 0; at < data.length; at += maxPayload) {
      const piece = data.subarray(at, at + maxPayload);
      const message = { kind: 'transmit', messageId: ++this.#messageId, socketId: id } as const;
      const bytes = encodeMessage({ ...message, data: piece });
      this.#card.bulkReceived(bytes, bytes.length < bufferBytes, () => undefined, now);
    }
  }

  close(id: number, now: number): void {
    this.sockets.delete(id);
    const message = { kind: 'close', messageId: ++this.#messageId, socketId: id } as const;
    this.#card.commandReceived(encodeMessage(message), now);
  }

  #take(count: number): Uint8Array {
    const taken = this.#partial.slice(0, count);
    this.#partial = this.#partial.slice(count);
    return taken;
  }

  #bulk(bytes: Uint8Array, now: number): void {
    if (this.#ring.length + bytes.length > ringBytes) {
      this.dropped++;
      return;
    }
    this.#ring = Uint8Array.from([...this.#ring, ...bytes]);
    if (this.#ring.length < 12) return;
    const length = 12 + new DataView(this.#ring.buffer).getUint32(8, true);
    if (this.#ring.length < length) return;
    const message = decodeMessage(this.#ring.slice(0, length));
    this.#ring = this.#ring.slice(length);
    if (message.kind !== 'transmit') return;
    this.sockets.get(message.socketId)?.received.push(message.data.slice());
    if (this.isAcknowledging) this.#ack(message, opcode.transmit, message.socketId, 0, now);
  }

  #command(bytes: Uint8Array, now: number): void {
    const message = decodeMessage(bytes);
    if (message.kind === 'open') {
      this.sockets.set(message.handle, { received: [], isConnected: false });
      this.#ack(message, opcode.open, message.handle, 0, now);
    } else if (message.kind === 'connect') {
      const socket = this.sockets.get(message.socketId);
      if (socket) socket.isConnected = true;
      this.#ack(message, opcode.connect, message.socketId, socket ? 0 : 1, now);
    } else if (message.kind === 'close') {
      this.sockets.delete(message.socketId);
      // The result is a byte of its stack.
      this.#ack(message, opcode.close, message.socketId, 0xa7, now);
    }
  }

  #ack(to: { messageId: number }, of: number, socketId: number, result: number, now: number): void {
    const { messageId } = to;
    const data = new Uint8Array(0);
    const ack = encodeMessage({ kind: 'ack', messageId, socketId, of, result, data });
    this.#card.commandReceived(ack, now);
  }
}
