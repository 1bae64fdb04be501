import assert from 'node:assert/strict';
import { PeerCloses } from '../../src/peer-closes.ts';
import type { HssSocket } from '../../src/socket.ts';

const socket = (id: number): HssSocket => ({ id }) as unknown as HssSocket; // Distinguished, and nothing else.

describe('sockets that the peer has closed', () => {
  it('end in their order, each 50 ms after its CLOSE', () => {
    const closes = new PeerCloses();
    const [first, second, third] = [socket(1), socket(2), socket(3)];
    assert.equal(closes.deadline, undefined);
    closes.add(first, 0);
    closes.add(second, 10);
    closes.add(third, 10);
    closes.add(first, 40);
    assert.equal(closes.deadline, 50);
    assert.deepEqual([...closes.ended(49)], []);
    assert.deepEqual([...closes.ended(59)], [first]);
    assert.equal(closes.delete(first), true);
    assert.equal(closes.delete(first), false);
    assert.equal(closes.deadline, 60);
    const ended: HssSocket[] = [];
    for (const one of closes.ended(60)) {
      ended.push(one);
      closes.delete(third);
    }
    assert.deepEqual(ended, [second]);
  });
});
