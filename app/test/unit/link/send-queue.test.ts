import assert from 'node:assert/strict';
import { SendQueue } from '../../../src/link/send-queue.ts';

describe('send queue', () => {
  function setUp(): { queue: SendQueue<number>; sent: number[]; room: { left: number } } {
    const sent: number[] = [];
    const room = { left: Infinity };
    const queue = new SendQueue<number>((message) => {
      if (room.left === 0) return false;
      room.left--;
      sent.push(message);
      return true;
    });
    return { queue, sent, room };
  }

  it('sends at once while there is room', () => {
    const { queue, sent } = setUp();
    queue.send(1);
    queue.send(2);
    assert.deepEqual(sent, [1, 2]);
    assert.equal(queue.length, 0);
  });

  it('keeps the order behind a message that waits, even when there is room again', () => {
    const { queue, sent, room } = setUp();
    room.left = 0;
    queue.send(1);
    room.left = Infinity;
    queue.send(2);
    assert.deepEqual(sent, []);
    assert.equal(queue.flush(), true);
    assert.deepEqual(sent, [1, 2]);
  });

  it('stops flushing when the device is full again', () => {
    const { queue, sent, room } = setUp();
    room.left = 0;
    for (let n = 1; n <= 3; n++) queue.send(n);
    room.left = 2;
    assert.equal(queue.flush(), false);
    assert.deepEqual(sent, [1, 2]);
    room.left = 1;
    assert.equal(queue.flush(), true);
    assert.deepEqual(sent, [1, 2, 3]);
  });

  it('drops the oldest when it is full', () => {
    const { queue, sent, room } = setUp();
    room.left = 0;
    for (let n = 0; n < 40; n++) queue.send(n);
    assert.equal(queue.length, 32);
    assert.equal(queue.dropped, 8);
    room.left = Infinity;
    queue.flush();
    assert.deepEqual(
      sent,
      Array.from({ length: 32 }, (_, n) => n + 8),
    );
  });
});
