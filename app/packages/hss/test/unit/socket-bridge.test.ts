/** A socket tied to a stream: what may wait on either side, and for how long. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { maxStreamCost, messageCost } from '../../src/budget.ts';
import { bridge } from '../../src/index.ts';
import { HssSocket } from '../../src/socket.ts';

const owner = {
  onWritten: () => undefined,
  onDestroyed: () => undefined,
  onTaken: () => undefined,
};

describe('a bridge', () => {
  let destroyed: number;
  /** A socket whose data is never taken. */
  function socketOf(bridged: ReturnType<typeof bridge>): HssSocket {
    const socket = new HssSocket(1, bridged, { ...owner, onDestroyed: () => destroyed++ });
    bridged.attach(socket);
    return socket;
  }
  beforeEach(() => {
    destroyed = 0;
  });

  for (const length of [1, 1000, 40_000]) {
    it(`pauses a stream of pieces of ${length} bytes before they take too much memory`, async () => {
      let given = 0;
      const stream = new Duplex({
        readableHighWaterMark: 1,
        read() {
          setImmediate(() => this.push(new Uint8Array(length)));
          given++;
        },
        write: (_chunk, _encoding, done) => done(),
      });
      const socket = socketOf(bridge(stream));
      for (let turn = 0; turn < 1000; turn++) await nextTurn();
      assert.equal(stream.isPaused(), true);
      const cost = messageCost + length;
      assert.ok(socket.queuedCost >= maxStreamCost && socket.queuedCost < maxStreamCost + cost);
      assert.ok(given * cost < maxStreamCost + 3 * cost, `${given} pieces`);
      socket.take(new Uint8Array(socket.queuedBytes), 0, socket.queuedBytes);
      assert.equal(stream.isPaused(), false);
      stream.destroy();
    });
  }

  it('gives data back when they were taken, and ends the socket of a stream that broke', async () => {
    const stream = new Duplex({
      read: () => undefined,
      write: (_chunk, _encoding, done) => done(),
    });
    const bridged = bridge(stream);
    socketOf(bridged);
    let consumed = 0;
    bridged.onData(new Uint8Array(1), () => consumed++);
    await nextTurn();
    assert.deepEqual([consumed, destroyed], [1, 0]);
    stream.destroy(new RangeError('broken'));
    await nextTurn();
    assert.ok(destroyed > 0);
  });

  describe('on TCP', () => {
    let server: Server;
    let client: Socket;
    let peer: Socket;
    beforeEach(async () => {
      server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      [[peer]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [
        [Socket],
        unknown,
      ];
      peer.on('error', () => undefined);
    });
    afterEach(() => {
      client.destroy();
      peer.destroy();
      server.close();
    });

    /** More than the kernel takes; resolves to how many chunks were given back. */
    function fill(bridged: ReturnType<typeof bridge>): () => number {
      let consumed = 0;
      for (let i = 0; i < 100; i++) bridged.onData(new Uint8Array(100_000), () => consumed++);
      return () => consumed;
    }

    it('gives a server that does not read its time for the last data, and no more', async () => {
      const bridged = bridge(client, { drainMs: 200 });
      socketOf(bridged);
      const consumed = fill(bridged);
      bridged.onEnd();
      bridged.onClose(undefined);
      await sleep(50);
      assert.equal(client.destroyed, false);
      assert.ok(consumed() < 100);
      await once(client, 'close');
      await nextTurn();
      assert.equal(consumed(), 100, 'all is given back');
    });

    it('writes out the last data to a server that reads', async () => {
      const bridged = bridge(client);
      socketOf(bridged);
      fill(bridged);
      bridged.onEnd();
      bridged.onClose(undefined);
      let received = 0;
      peer.on('data', (chunk) => (received += chunk.length)).resume();
      await Promise.all([once(peer, 'end'), once(client, 'close')]);
      assert.equal(received, 10_000_000);
    });

    it('gives everything back at once when the connection broke', async () => {
      const bridged = bridge(client);
      socketOf(bridged);
      const consumed = fill(bridged);
      bridged.onClose('ECONNRESET');
      await once(client, 'close');
      await nextTurn();
      assert.equal(consumed(), 100);
      assert.equal(destroyed, 1);
    });
  });
});
