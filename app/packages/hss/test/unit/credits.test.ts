/** When acknowledgements of data are sent. */
import assert from 'node:assert/strict';
import { Credits } from '../../src/credits.ts';
import { decodeMessage } from '../../src/decode.ts';
import { HssSocket } from '../../src/socket.ts';

const handlers = { onData: () => undefined, onEnd: () => undefined, onClose: () => undefined };
const owner = {
  onWritten: () => undefined,
  onDestroyed: () => undefined,
  onTaken: () => undefined,
};
const window = 1000;
const messageBytes = 19;

describe('credits', () => {
  let credits: Credits;
  let one: HssSocket;
  let two: HssSocket;
  beforeEach(() => {
    credits = new Credits();
    one = new HssSocket(1, handlers, owner);
    two = new HssSocket(2, handlers, owner);
  });

  /** Socket and number of each acknowledgement. */
  function told(limit = 4096): [socketId: number, bytes: number][] {
    const into = new Uint8Array(4096);
    const end = credits.fill(into, limit, () => 1);
    const seen: [number, number][] = [];
    for (let at = 0; at < end; at += messageBytes) {
      const message = decodeMessage(into.subarray(at, at + messageBytes));
      assert.equal(message.kind, 'ack');
      const number = Buffer.from(message.data).readUInt32LE();
      seen.push([message.socketId, number]);
    }
    return seen;
  }

  it('are reported at once from a quarter of the window on, joined', () => {
    credits.add(one, 249, window, 0);
    assert.deepEqual(told(), []);
    credits.add(one, 1, window, 0);
    credits.add(one, 100, window, 0);
    assert.deepEqual(told(), [[1, 350]]);
    assert.deepEqual(told(), []);
    assert.equal(credits.deadline, undefined);
  });

  it('are reported a second after the first byte, however few came', () => {
    credits.add(one, 1, window, 5000);
    credits.add(two, 2, window, 5500);
    credits.add(one, 3, window, 5999);
    assert.equal(credits.deadline, 6000);
    credits.expire(5999);
    assert.deepEqual(told(), []);
    credits.expire(6000);
    assert.deepEqual(told(), [[1, 4]]);
    assert.equal(credits.deadline, 6500);
    credits.expire(7000);
    assert.deepEqual(told(), [[2, 2]]);
    assert.equal(credits.deadline, undefined);
  });

  it('wait where a transfer has no room for them', () => {
    credits.add(one, 500, window, 0);
    credits.add(two, 600, window, 0);
    assert.deepEqual(told(messageBytes - 1), []);
    assert.deepEqual(told(2 * messageBytes - 1), [[1, 500]]);
    assert.deepEqual(told(), [[2, 600]]);
  });

  it('of a socket that is gone are forgotten, those that wait and those that are due', () => {
    credits.add(one, 500, window, 0);
    credits.add(two, 1, window, 0);
    credits.forget(one);
    credits.forget(two);
    assert.equal(credits.deadline, undefined);
    assert.deepEqual(told(), []);
  });

  it('of a session that is over are forgotten', () => {
    credits.add(one, 500, window, 0);
    credits.add(two, 1, window, 0);
    credits.clear();
    assert.equal(credits.deadline, undefined);
    assert.deepEqual(told(), []);
  });
});
