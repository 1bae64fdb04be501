import assert from 'node:assert/strict';
import { mock } from 'node:test';
import type { Fault } from '../../../../src/dev/enf-server/faults.ts';
import { hex } from '../../wire/hex.ts';
import {
  addressOne,
  clientCredential,
  datagram,
  elsewhere,
  Enf,
  eventually,
  ping,
} from './enf-fixture.ts';

describe('enf-server/faults', () => {
  // Milliseconds, unless the machine is busy.
  let enf: Enf;
  async function start(...faults: Fault[]): Promise<void> {
    enf = await Enf.start({ faults });
  }
  afterEach(() => enf.stop());

  const dial = () => enf.dial(clientCredential(addressOne));

  it('close-before-first-byte: no byte and no close_notify', async () => {
    await start({ kind: 'close-before-first-byte', value: Infinity });
    const client = await dial();
    await eventually('the end', () => client.ending !== 'none');
    assert.equal(client.chunks.length, 0);
    assert.match(enf.log.join('\n'), /\[client-turned-away\]/);
  });

  it('refuse-after-handshake=2: two orderly ends, then a tunnel', async () => {
    await start({ kind: 'refuse-after-handshake', value: 2 });
    for (let i = 0; i < 2; i++) {
      const client = await dial();
      await eventually('the end', () => client.ending !== 'none');
      assert.equal(client.ending, 'orderly');
      assert.equal(client.chunks.length, 0);
    }
    await (await enf.join(addressOne)).settle(addressOne);
  });

  it('stall: the connection stays and nothing moves', async () => {
    await start({ kind: 'stall', value: 0 });
    const client = await enf.join(addressOne);
    // Until even the socket buffers are full.
    const burst = Array.from({ length: 500 }, () => datagram(addressOne, elsewhere, 1280));
    for (let i = 0; i < 40; i++) client.send(...burst);
    await turns();
    assert.ok(client.socket.writableLength > 0, 'the router reads on');
    assert.equal(client.chunks.length, 0);
    assert.equal(client.ending, 'none');
  });

  it('stall=N: works until then', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      await start({ kind: 'stall', value: 5 });
      const client = await enf.join(addressOne);
      await client.settle(addressOne);
      mock.timers.tick(4999);
      await client.settle(addressOne);
      mock.timers.tick(1);
      client.send(ping(addressOne, 'fe80::1'));
      await turns();
      assert.equal(client.packets.length, 2);
      assert.equal(client.ending, 'none');
    } finally {
      mock.timers.reset();
    }
  });

  it('garbage=N: N bytes that no client can follow', async () => {
    await start({ kind: 'garbage', value: 5000 });
    const client = await enf.join(addressOne);
    await eventually('garbage', () => Buffer.concat(client.chunks).length >= 5000);
    const [first] = client.chunks;
    assert.ok(new Set(first).size > 200, 'it is not random');
  });

  it('length-zero=N: empty frames between the packets', async () => {
    await start({ kind: 'length-zero', value: 1 });
    const client = await enf.join(addressOne);
    await eventually('empty frames', () => client.packets.length > 3);
    assert.ok(client.packets.every((packet) => packet.length === 0));
    client.send(ping(addressOne, elsewhere));
    await eventually('the answer', () => client.packets.some((packet) => packet.length > 0));
    assert.equal(client.isBroken, false);
  });

  it('overlong=N: a frame that ends the session of a careful client', async () => {
    await start({ kind: 'overlong', value: 1497 });
    const client = await enf.join(addressOne);
    await eventually('the frame', () => Buffer.concat(client.chunks).length >= 1499);
    assert.equal(hex(Buffer.concat(client.chunks).subarray(0, 2)), '05d9');
    assert.equal(client.isBroken, true);
  });

  for (const size of [1, 7, 1000]) {
    it(`split=${size}: records of so many bytes, the stream unharmed`, async () => {
      await start({ kind: 'split', value: size });
      const client = await enf.join(addressOne);
      const sent = Array.from({ length: 5 }, (_, i) => datagram(addressOne, elsewhere, 300, i));
      client.send(...sent);
      const received = await client.received(sent.length);
      assert.deepEqual(
        received.map((packet) => packet.at(-1)),
        [0, 1, 2, 3, 4],
      );
      const lengths = client.chunks.map((chunk) => chunk.length);
      assert.ok(
        lengths.every((length) => length <= size),
        `records of ${Math.max(...lengths)} bytes`,
      );
      assert.equal(lengths[0], size);
    });
  }

  it('no-heartbeat: silence from fe80::1, answers from elsewhere', async () => {
    await start({ kind: 'no-heartbeat', value: 0 });
    const client = await enf.join(addressOne);
    client.send(ping(addressOne, 'fe80::1'), ping(addressOne, elsewhere));
    const [only] = await client.received(1);
    assert.equal(hex(only!.subarray(8, 24)), hex(ping(elsewhere, addressOne).subarray(8, 24)));
    assert.equal(enf.router.status().packets.misbehaved, 1);
  });

  it('drop-up=N: every Nth packet from the client is lost', async () => {
    await start({ kind: 'drop-up', value: 3 });
    const client = await enf.join(addressOne);
    const sent = Array.from({ length: 9 }, (_, i) => datagram(addressOne, elsewhere, 100, i));
    client.send(...sent);
    await client.received(6);
    assert.deepEqual(
      client.packets.map((packet) => packet.at(-1)),
      [0, 1, 3, 4, 6, 7],
    );
  });

  it('drop-down: nothing reaches the client', async () => {
    await start({ kind: 'drop-down', value: 1 });
    const client = await enf.join(addressOne);
    client.send(ping(addressOne, 'fe80::1'), ping(addressOne, elsewhere));
    await eventually('both lost', () => enf.router.status().packets.misbehaved === 2);
    assert.equal(client.chunks.length, 0);
  });

  it('inject: these packets first, as they are', async () => {
    const packets = [ping('fe80::1', addressOne), Uint8Array.of(1, 2, 3)];
    await start({ kind: 'inject', packets });
    const client = await enf.join(addressOne);
    assert.deepEqual((await client.received(2)).map(hex), packets.map(hex));
    await client.settle(addressOne);
  });
});

/** Long enough for an answer, if there were one: a few turns of the loop bring one over loopback. */
async function turns(): Promise<void> {
  for (let i = 0; i < 500; i++) await new Promise((resolve) => setImmediate(resolve));
}
