/** The TLS side of a tunnel: keeps what was written, and takes more only as the test allows. */
import { Duplex } from 'node:stream';
import { NodeStream } from '../../../../src/uplink/node-stream.ts';
import type { StreamEnd } from '../../../../src/uplink/secure-stream.ts';

export class FakeTunnel extends Duplex {
  /** What the tunnel's service is given. */
  readonly stream: NodeStream = new NodeStream({
    session: this,
    agreed: 'TLSv1.3',
    isClosedByServer: () => this.isClosedByServer,
    hasMoved: () => this.hasMoved,
    carriedBytes: () => this.carriedBytes,
    release: (chunk) => this.released.push(chunk),
  });
  isClosedByServer = false;
  hasMoved = false;
  carriedBytes = 0;
  /** Chunks that were read whole. */
  readonly released: Buffer[] = [];
  /** Every write as it arrived, copied. */
  readonly writes: Buffer[] = [];
  /** Writes whose bytes are still in use. */
  readonly #held: (() => void)[] = [];
  #isHolding = false;

  constructor() {
    super({ allowHalfOpen: false });
  }

  /** Has `path` read from here. */
  feed(path: { readable(): void; deliver(): void }, onEnd?: (end: StreamEnd) => void): void {
    this.stream.start({
      onReadable: () => path.readable(),
      onEnd: (end) => {
        path.deliver();
        onEnd?.(end);
      },
    });
  }

  /** From now on writes stay unfinished, as with a full TCP window. */
  hold(): void {
    this.#isHolding = true;
  }

  release(): void {
    this.#isHolding = false;
    for (const finish of this.#held.splice(0)) finish();
  }

  /** Finishes the write in progress, and holds the next. */
  finishOne(): void {
    for (const finish of this.#held.splice(0)) finish();
  }

  get written(): Buffer {
    return Buffer.concat(this.writes);
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.writes.push(Buffer.from(chunk));
    if (this.#isHolding) this.#held.push(done);
    else done();
  }

  override _final(done: () => void): void {
    done();
    this.push(null);
  }

  override _read(): void {
    // The test pushes.
  }
}
