/** What the tunnel's writer sees of a session of the addon, here one whose kernel takes only what the test says. */
import assert from 'node:assert/strict';
import type { TlsEnd, TlsHandlers, TlsStream } from 'tls-stream';
import { NativeStream } from '../../../src/uplink/native-stream.ts';
import type { StreamEnd } from '../../../src/uplink/secure-stream.ts';

class FakeSession {
  readonly protocol = 'TLSv1.3';
  readonly cipher = 'TLS_AES_128_GCM_SHA256';
  /** What is encrypted at most while the kernel takes nothing. */
  room = Infinity;
  pendingBytes = 0;
  isKernelFull = false;
  hasMore = false;
  records = { recordsSent: 0, recordsReceived: 0 };
  readonly written: number[] = [];
  readonly calls: string[] = [];
  handlers: TlsHandlers | undefined;
  input: number[] = [];

  get counters(): object {
    return { bytesWritten: this.written.length - this.pendingBytes, ...this.records };
  }
  acknowledged: number | undefined;
  bytesAcknowledged(): number | undefined {
    return this.acknowledged;
  }
  start(handlers: TlsHandlers): void {
    this.handlers = handlers;
    this.calls.push('start');
  }
  write(bytes: Uint8Array, offset = 0): number {
    const length = Math.min(bytes.length - offset, this.room - this.pendingBytes);
    this.written.push(...bytes.subarray(offset, offset + length));
    if (this.isKernelFull) this.pendingBytes += length;
    return length;
  }
  read(buffer: Uint8Array): number {
    const part = this.input.splice(0, buffer.length);
    buffer.set(part);
    return part.length;
  }
  pause(): void {
    this.calls.push('pause');
  }
  resume(): void {
    this.calls.push('resume');
  }
  end(): void {
    this.calls.push('end');
  }
  close(): void {
    this.calls.push('close');
  }

  /** The kernel takes what is pending. */
  drain(): void {
    const wasFull = this.pendingBytes === this.room;
    this.pendingBytes = 0;
    if (wasFull) this.handlers!.onWritable!();
    this.handlers!.onDrained!();
  }
  finish(end: TlsEnd): void {
    this.handlers!.onEnd(end);
  }
}

function setUp() {
  const session = new FakeSession();
  const ends: StreamEnd[] = [];
  const log = { closed: 0, readable: 0 };
  const stream = new NativeStream(session as unknown as TlsStream, () => log.closed++);
  const start = (): void =>
    stream.start({ onReadable: () => log.readable++, onEnd: (end) => ends.push(end) });
  return { session, stream, start, ends, log };
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe('stream of the TLS addon', () => {
  it('takes at once what the kernel takes, without a call back', () => {
    const { session, stream, start } = setUp();
    start();
    assert.equal(
      stream.write(bytes(1, 2), () => assert.fail('called back')),
      true,
    );
    assert.equal(stream.isWriting, false);
    assert.deepEqual(session.written, [1, 2]);
  });

  it('holds a write until the kernel has all of it, encrypted or not', () => {
    const { session, stream, start } = setUp();
    start();
    session.isKernelFull = true;
    session.room = 3;
    let taken = 0;
    assert.equal(
      stream.write(bytes(1, 2, 3, 4, 5), () => taken++),
      false,
    );
    assert.deepEqual([session.written.length, taken, stream.isWriting], [3, 0, true]);
    session.drain();
    assert.deepEqual([session.written.length, taken], [5, 0], 'encrypted, and still waiting');
    session.drain();
    assert.deepEqual([taken, stream.isWriting], [1, false]);
    assert.deepEqual(session.written, [1, 2, 3, 4, 5]);
  });

  it('keeps the order of a write that waits and of those behind it', () => {
    const { session, stream, start } = setUp();
    start();
    session.isKernelFull = true;
    session.room = 2;
    const taken: number[] = [];
    stream.write(bytes(1, 2, 3), () => taken.push(1));
    // There is room, and the event that says so has not come yet.
    session.pendingBytes = 0;
    stream.write(bytes(4), () => taken.push(2));
    assert.deepEqual(session.written, [1, 2]);
    session.isKernelFull = false;
    session.drain();
    assert.deepEqual(session.written, [1, 2, 3, 4]);
    assert.deepEqual(taken, [1, 2]);
  });

  it('keeps a bounded number of writes that nothing waits for, and each that something does', () => {
    const { session, stream, start } = setUp();
    start();
    session.isKernelFull = true;
    session.room = 1;
    stream.write(bytes(1, 1));
    for (let n = 0; n < 1000; n++) stream.write(bytes(2));
    let taken = 0;
    stream.write(bytes(3), () => taken++);
    session.isKernelFull = false;
    session.drain();
    assert.equal(taken, 1);
    assert.deepEqual(session.written, [1, 1, ...Array<number>(63).fill(2), 3]);
  });

  it('lets the writer write from within the call back', () => {
    const { session, stream, start } = setUp();
    start();
    session.isKernelFull = true;
    stream.write(bytes(1), () => {
      session.isKernelFull = false;
      assert.equal(stream.write(bytes(2)), true);
    });
    session.drain();
    assert.deepEqual(session.written, [1, 2]);
    assert.equal(stream.isWriting, false);
  });

  it('shows the progress of a full queue, and a standstill', () => {
    const { session, stream, start } = setUp();
    start();
    stream.write(bytes(1));
    assert.equal(stream.hasMoved(), false);
    session.isKernelFull = true;
    stream.write(bytes(2, 3));
    stream.hasMoved();
    assert.equal(stream.hasMoved(), false);
    session.pendingBytes = 1;
    assert.equal(stream.hasMoved(), true);
  });

  it('has moved while it is full when the other end has acknowledged more, if that is counted', () => {
    const { session, stream, start } = setUp();
    start();
    session.acknowledged = 10;
    session.isKernelFull = true;
    stream.write(bytes(2, 3));
    stream.hasMoved();
    session.pendingBytes = 1;
    assert.equal(stream.hasMoved(), false);
    session.acknowledged = 11;
    assert.equal(stream.hasMoved(), true);
  });

  it('calls its keys worn when they were not changed in time, in either direction', () => {
    const { session, stream } = setUp();
    for (const direction of ['recordsSent', 'recordsReceived'] as const) {
      session.records = { recordsSent: 2 ** 23, recordsReceived: 2 ** 23 };
      assert.equal(stream.areKeysWorn(), false);
      session.records[direction] = 3 * 2 ** 22;
      assert.equal(stream.areKeysWorn(), true);
    }
  });

  it('closes in order only behind what was written', () => {
    const { session, stream, start, log } = setUp();
    start();
    session.isKernelFull = true;
    let ended = 0;
    stream.write(bytes(1), () => assert.fail('called back after the end'));
    stream.end(() => ended++);
    assert.ok(!session.calls.includes('end'));
    session.drain();
    assert.deepEqual(session.calls, ['start', 'resume', 'end']);
    session.input = [9];
    session.handlers!.onReadable();
    assert.deepEqual([session.input.length, log.readable], [0, 0], 'dropped');
    session.finish({ kind: 'close-notify' });
    assert.deepEqual([ended, log.closed], [1, 1]);
  });

  it('ends in order what was never started, and calls back once where it has ended already', async () => {
    const { session, stream } = setUp();
    let ended = 0;
    stream.end(() => ended++);
    session.finish({ kind: 'cut' });
    assert.equal(ended, 1);
    stream.end(() => ended++);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(ended, 2);
  });

  it('reports its end once, with nothing after it', () => {
    const { session, stream, start, ends, log } = setUp();
    start();
    session.isKernelFull = true;
    stream.write(bytes(1), () => assert.fail('called back after the end'));
    session.finish({ kind: 'error', code: 'EPIPE' });
    session.drain();
    session.handlers!.onReadable();
    stream.close();
    assert.deepEqual(ends, [{ kind: 'error', code: 'EPIPE' }]);
    assert.deepEqual(log, { closed: 1, readable: 0 });
    assert.equal(stream.write(bytes(2)), false);
    assert.equal(session.written.length, 1);
  });

  it('may be closed from within its handlers', () => {
    const { session, stream, log } = setUp();
    stream.start({ onReadable: () => stream.close(), onEnd: () => assert.fail('ended') });
    session.handlers!.onReadable();
    assert.equal(log.closed, 1);
    assert.ok(session.calls.includes('close'));
  });
});
