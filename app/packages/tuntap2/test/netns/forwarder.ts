/** Moves packets between two devices, as a service would, and can look at each of them on the way. */
import type { PacketDevice } from '../../src/index.ts';
import { unburst } from '../packets.ts';

export class Forwarder {
  readonly errors: Error[] = [];
  bursts = 0;
  blocked = 0;
  readonly #inspect: ((packet: Uint8Array) => void) | undefined;

  constructor(a: PacketDevice, b: PacketDevice, inspect?: (packet: Uint8Array) => void) {
    this.#inspect = inspect;
    const toB = this.#direction(a, b);
    const toA = this.#direction(b, a);
    const onError = (error: Error): void => void this.errors.push(error);
    a.start({ onReadable: toB.move, onWritable: toA.retry, onError });
    b.start({ onReadable: toA.move, onWritable: toB.retry, onError });
  }

  #direction(from: PacketDevice, to: PacketDevice): { move: () => void; retry: () => void } {
    const buf = Buffer.alloc(256 * 1024);
    let start = 0;
    let end = 0;
    const flush = (): boolean => {
      start += to.writeBatch(buf, start, end);
      if (start === end) return true;
      this.blocked++;
      from.pause();
      return false;
    };
    return {
      move: () => {
        if (start !== end) return;
        start = 0;
        end = from.readBatch(buf, 0);
        if (end === 0) return;
        this.bursts++;
        if (this.#inspect)
          for (const packet of unburst(buf.subarray(0, end))) this.#inspect(packet);
        flush();
      },
      retry: () => {
        if (flush()) from.resume();
      },
    };
  }
}
