/**
 * A card that attacks the memory of psock-host: it sends as much as is taken from it, and reads nothing. It stands for
 * the USB device; as libusb's, each of its transfers has a buffer of its own.
 */
import { encodeMessage, encodeWindowReply, type HssMessage } from 'hss';
import type { DevicePort, Received } from 'psock-host';

export interface HostileCardOptions {
  readonly isWindowed: boolean;
  /** Makes so many connections first. */
  readonly sockets: number;
  /** What it floods then: requests, or bytes for its sockets, within their windows where it has any. */
  readonly flood: 'requests' | 'bytes';
  /** Requests of a plain session: on which endpoint. */
  readonly endpoint: 'bulk' | 'command';
  /** Else each message has a transfer of its own. */
  readonly fillsTransfers: boolean;
}

const windowBytes = 256 * 1024;
const commandBytes = 64;
/** Until the connections stand. */
const connectMs = 300;
const to = { address: Uint8Array.of(192, 0, 2, 1), port: 443 };

export class HostileCard implements DevicePort {
  readonly name = 'hostile';
  /** Bytes that were taken from it. */
  taken = 0;
  readonly #options: HostileCardOptions;
  readonly #requests: Uint8Array[] = [];
  #isConnected = false;
  #count = 0;
  #bytesLeft: number;

  constructor(options: HostileCardOptions) {
    this.#options = options;
    this.#bytesLeft = options.isWindowed ? options.sockets * windowBytes : Infinity;
    for (let socketId = 1; socketId <= options.sockets; socketId++) {
      this.#requests.push(encodeMessage(openOf(socketId)));
      this.#requests.push(encodeMessage({ kind: 'connect', messageId: 1, socketId, to }));
    }
    setTimeout(() => (this.#isConnected = true), connectMs);
  }

  networkInterfaces(): readonly string[] {
    return [];
  }

  requestWindow(): Promise<Uint8Array | undefined> {
    const { isWindowed } = this.#options;
    return Promise.resolve(isWindowed ? encodeWindowReply({ windowBytes, session: 1 }) : undefined);
  }

  tellMoved(): void {}

  receiveBulk(length: number, received: Received): void {
    const { isWindowed, flood, endpoint } = this.#options;
    if (isWindowed && this.#requests.length > 0) {
      this.#give(this.#requests.shift()!, length, received);
    } else if (!this.#isConnected) {
      setTimeout(() => this.receiveBulk(length, received), connectMs);
    } else if (flood === 'bytes' || isWindowed || endpoint === 'bulk') {
      this.#give(this.#fill(length), length, received);
    }
  }

  receiveCommand(received: Received): void {
    const { isWindowed, flood, endpoint } = this.#options;
    if (isWindowed) return;
    const request = this.#requests.shift();
    if (request !== undefined) this.#give(request, commandBytes, received);
    else if (flood === 'requests' && endpoint === 'command') {
      this.#give(this.#next(), commandBytes, received);
    }
  }

  sendBulk(): void {}

  sendCommand(): void {}

  close(): Promise<void> {
    return Promise.resolve();
  }

  #give(bytes: Uint8Array, length: number, received: Received): void {
    // It has sent all that it may.
    if (bytes.length === 0) return;
    const buffer = Buffer.allocUnsafeSlow(length);
    buffer.set(bytes);
    setImmediate(() => {
      this.taken += bytes.length;
      received(buffer.subarray(0, bytes.length));
    });
  }

  /** As many messages as a transfer holds that is not full, or one. */
  #fill(length: number): Uint8Array {
    const parts: Uint8Array[] = [];
    let room = length - 1;
    for (let next = this.#next(); next.length > 0 && next.length <= room; next = this.#next()) {
      parts.push(next);
      room = this.#options.fillsTransfers ? room - next.length : 0;
    }
    return Buffer.concat(parts);
  }

  #next(): Uint8Array {
    const { flood, sockets } = this.#options;
    const count = this.#count++;
    if (flood === 'requests') return encodeMessage(openOf(sockets + 1 + count));
    if (this.#bytesLeft-- <= 0) return new Uint8Array(0);
    const data = Uint8Array.of(count);
    return encodeMessage({ kind: 'transmit', messageId: 1, socketId: 1 + (count % sockets), data });
  }
}

function openOf(handle: number): HssMessage {
  const numbers = { family: 1, protocol: 1, type: 1 };
  return { kind: 'open', messageId: 1, socketId: 0, handle, ...numbers };
}
