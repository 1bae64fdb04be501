/** What a socket keeps of what it received: memory follows the bytes, whatever the messages. */
import assert from 'node:assert/strict';
import { ChunkHold } from '../../src/chunk-hold.ts';
import { Inbox } from '../../src/inbox.ts';
import { randomFrom } from '../cable.ts';

const transferBytes = 16 * 1024;
const small = 8 * 1024 - 1;

describe('the inbox of a socket', () => {
  let inbox: Inbox;
  /** Handed on and not consumed. */
  let held: { data: Uint8Array; consumed: () => void }[];
  let received: number[];
  let taken: [bytes: number, messageIds: readonly number[]][];
  let released: number;
  beforeEach(() => {
    held = [];
    received = [];
    taken = [];
    released = 0;
    inbox = new Inbox({
      deliver: (data, consumed) => {
        received.push(...data);
        held.push({ data, consumed });
      },
      taken: (bytes, messageIds) => taken.push([bytes, messageIds]),
    });
  });

  /** A part of a transfer arrives. */
  function put(data: Uint8Array, messageId?: number): void {
    const hold = new ChunkHold(() => released++);
    inbox.put(data, messageId, hold);
    hold.drop();
  }
  const consume = (): void => held.shift()!.consumed();
  const keptMemory = (): number =>
    [...new Set(held.map(({ data }) => data.buffer))].reduce(
      (sum, { byteLength }) => sum + byteLength,
      0,
    );

  it('hands on small data at once, as a copy: the transfer is free', () => {
    const transfer = new Uint8Array(transferBytes).fill(7);
    put(transfer.subarray(100, 101));
    assert.equal(released, 1);
    transfer.fill(0);
    assert.deepEqual([...held[0]!.data], [7]);
    assert.equal(keptMemory(), 1);
    assert.equal(inbox.keptBytes, 1);
    consume();
    assert.deepEqual(taken, [[1, []]]);
    assert.equal(inbox.keptBytes, 0);
  });

  it('copies out of a Buffer, too, whose slices are views', () => {
    const transfer = Buffer.alloc(transferBytes, 7);
    put(transfer.subarray(0, 10));
    transfer.fill(0);
    assert.equal(held[0]!.data[0], 7);
  });

  it('hands on large data as a view, and holds the transfer until they are consumed', () => {
    const transfer = new Uint8Array(transferBytes);
    put(transfer.subarray(12), 5);
    assert.equal(held[0]!.data.buffer, transfer.buffer);
    assert.equal(released, 0);
    consume();
    assert.equal(released, 1);
    assert.deepEqual(taken, [[transferBytes - 12, [5]]]);
    assert.equal(inbox.keptBytes, 0);
  });

  it('gathers what comes while the user is busy, and hands it on as one', () => {
    for (let i = 0; i < 100; i++) put(Uint8Array.of(i), i);
    assert.equal(held.length, 1);
    assert.equal(inbox.keptBytes, 100);
    consume();
    assert.equal(held.length, 1);
    consume();
    assert.deepEqual(received, [...Array(100).keys()]);
    assert.deepEqual(taken, [
      [1, [0]],
      [99, [...Array(99).keys()].map((i) => i + 1)],
    ]);
  });

  it('says of a message that it was taken when its last byte was, wherever its pieces went', () => {
    put(Uint8Array.of(1));
    put(new Uint8Array(small), 1);
    put(new Uint8Array(small), 2);
    consume();
    assert.deepEqual(taken, [[1, []]]);
    consume();
    assert.deepEqual(taken[1], [small + 1, [1]]);
    assert.deepEqual(held.length, 1);
    consume();
    assert.deepEqual(taken[2], [small - 1, [2]]);
  });

  it('keeps the order of small and large', () => {
    put(Uint8Array.of(1));
    put(Uint8Array.of(2));
    put(new Uint8Array(small + 1).fill(3));
    put(Uint8Array.of(4));
    while (held.length > 0) consume();
    assert.deepEqual(
      received.filter((byte, i) => byte !== received[i - 1]),
      [1, 2, 3, 4],
    );
  });

  it('takes a second call for the same data for none', () => {
    put(Uint8Array.of(1));
    const { consumed } = held[0]!;
    consumed();
    consumed();
    assert.deepEqual(taken, [[1, []]]);
    assert.equal(inbox.keptBytes, 0);
  });

  it('hands on what it gathered before an end, though the user is still busy', () => {
    put(Uint8Array.of(1));
    put(Uint8Array.of(2));
    inbox.flush();
    assert.deepEqual(received, [1, 2]);
  });

  it('counts discarded data as taken', () => {
    put(Uint8Array.of(1));
    put(Uint8Array.of(2), 9);
    inbox.discard();
    assert.deepEqual(taken, [[1, [9]]]);
    consume();
    assert.equal(held.length, 0);
    assert.equal(inbox.keptBytes, 0);
  });

  for (const [name, length] of [
    ['single bytes', 1],
    ['pieces of a kilobyte', 1024],
    ['the smallest views', small + 1],
    ['any lengths', undefined],
  ] as const) {
    it(`keeps no more than twice its bytes, and few objects, of ${name}, one in each transfer`, () => {
      const random = randomFrom(3);
      const window = 256 * 1024;
      for (let i = 0; i < 4000 && inbox.keptBytes + transferBytes <= window; i++) {
        const transfer = new Uint8Array(transferBytes);
        put(transfer.subarray(0, length ?? 1 + random(transferBytes)));
      }
      assert.ok(keptMemory() <= 2 * inbox.keptBytes + transferBytes, `${keptMemory()} bytes`);
      assert.ok(held.length <= (2 * window) / small, `${held.length} objects`);
      const bytes = inbox.keptBytes;
      while (held.length > 0) consume();
      assert.equal(received.length, bytes);
      assert.equal(inbox.keptBytes, 0);
    });
  }
});
