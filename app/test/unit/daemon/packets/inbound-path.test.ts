import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FakeDevice } from 'tuntap2/fake';
import { InboundPath } from '../../../../src/daemon/packets/inbound-path.ts';
import { BurstFilter } from '../../../../src/tunnel/burst-filter.ts';
import { nextFrame } from '../../../../src/wire/frame-stream.ts';
import { toHex } from '../../router/packets.ts';
import { burst, incoming } from '../../tunnel/frames.ts';
import { settle } from '../../core/fake-clock.ts';
import { FakeTunnel } from './fake-tunnel.ts';

/** Refuses empty packets and those whose last byte is 0xff. */
class LastByteFilter extends BurstFilter {
  protected override admits(buf: Uint8Array, packet: number, end: number): boolean {
    return end > packet && buf[end - 1] !== 0xff;
  }
}

function numbered(n: number, { size = 60, refused = false } = {}): Uint8Array {
  const payload = new Uint8Array(size - 40);
  new DataView(payload.buffer).setUint32(payload.length - 4, n * 2);
  if (refused) payload[payload.length - 1] = 0xff;
  return incoming({ payload });
}

function setUp(options: { slabBytes?: number } = {}): {
  device: FakeDevice;
  tunnel: FakeTunnel;
  path: InboundPath;
  log: { heard: number; bad: number[]; writes: number };
} {
  const device = new FakeDevice();
  const log = { heard: 0, bad: [] as number[], writes: 0 };
  const path = new InboundPath({
    device: {
      writeBatch: (buf, offset, end) => {
        log.writes++;
        return device.writeBatch(buf, offset, end);
      },
    },
    filter: new LastByteFilter(),
    onHeard: () => log.heard++,
    onBadFrame: (length) => log.bad.push(length),
    ...options,
  });
  device.start({
    onReadable: () => undefined,
    onWritable: () => path.writable(),
    onError: (error) => assert.fail(error),
  });
  const tunnel = new FakeTunnel();
  path.attach(tunnel.stream);
  tunnel.feed(path);
  return { device, tunnel, path, log };
}

const sentOf = (device: FakeDevice): string[] => device.sent.map(toHex);

describe('downlink path', () => {
  it('makes one device write of all that came in one turn of the loop', async () => {
    const { device, tunnel, log } = setUp();
    for (let n = 0; n < 5; n++) tunnel.push(burst(numbered(n), numbered(n, { refused: true })));
    await settle();
    assert.deepEqual(
      sentOf(device),
      [0, 1, 2, 3, 4].map((n) => toHex(numbered(n))),
    );
    assert.equal(log.writes, 1);
    assert.equal(log.heard, 1);
  });

  it('delivers frames that are split at any byte', async () => {
    const stream = burst(numbered(1), new Uint8Array(0), numbered(2), numbered(3, { size: 1496 }));
    for (let cut = 0; cut <= stream.length; cut++) {
      const { device, tunnel } = setUp();
      tunnel.push(Buffer.from(stream.subarray(0, cut)));
      await settle();
      tunnel.push(Buffer.from(stream.subarray(cut)));
      await settle();
      assert.equal(device.sent.length, 3, `cut at ${cut}`);
      assert.equal(toHex(device.sent[2]!), toHex(numbered(3, { size: 1496 })), `cut at ${cut}`);
    }
  });

  it('delivers a stream that comes byte by byte', async () => {
    const { device, tunnel } = setUp();
    for (const byte of burst(numbered(1), numbered(2))) {
      tunnel.push(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await settle();
    assert.deepEqual(sentOf(device), [toHex(numbered(1)), toHex(numbered(2))]);
  });

  it('counts an empty frame as a sign of life, and half a frame too', async () => {
    const { tunnel, device, log } = setUp();
    tunnel.push(Buffer.of(0, 0));
    await settle();
    assert.equal(log.heard, 1);
    tunnel.push(Buffer.of(0));
    await settle();
    assert.equal(log.heard, 2);
    assert.equal(device.sent.length, 0);
  });

  it('pauses the tunnel while the device takes nothing, and loses nothing', async () => {
    const { device, tunnel } = setUp();
    device.blockAfter(3);
    const packets = Array.from({ length: 10 }, (_, n) => numbered(n));
    tunnel.push(burst(...packets.slice(0, 5)));
    await settle();
    assert.equal(device.sent.length, 3);
    assert.equal(tunnel.isPaused(), true);
    tunnel.push(burst(...packets.slice(5)));
    await settle();
    assert.equal(device.sent.length, 3, 'nothing overtakes');
    device.unblock();
    await settle();
    assert.deepEqual(sentOf(device), packets.map(toHex));
    assert.equal(tunnel.isPaused(), false);
  });

  it('holds no more than its slab and one chunk while it is blocked', async () => {
    const slabBytes = 8 * 1024;
    const { device, tunnel } = setUp({ slabBytes });
    device.blockAfter(0);
    const packets = Array.from({ length: 400 }, (_, n) => numbered(n, { size: 1000 }));
    let refusedAt = -1;
    for (const [n, packet] of packets.entries()) {
      if (!tunnel.push(Buffer.from(burst(packet))) && refusedAt < 0) refusedAt = n;
      await new Promise((resolve) => setImmediate(resolve));
    }
    // Besides, the stream itself holds what its kind holds by default, which depends on the release of Node.js.
    const limit = (slabBytes + tunnel.readableHighWaterMark) / 1000 + 2;
    assert.ok(refusedAt >= 0 && refusedAt < limit, `the source was stopped at ${refusedAt}`);
    device.unblock();
    await settle();
    assert.deepEqual(sentOf(device), packets.map(toHex));
  });

  it('lets the tunnel wait on when the device is full again before everything is delivered', async () => {
    const slabBytes = 8 * 1024;
    const delivered: number[] = [];
    let room = 1;
    const path = new InboundPath({
      device: {
        writeBatch: (buf, offset, end) => {
          let at = offset;
          for (; room > 0 && at < end; room--) {
            at = nextFrame(buf, at);
            delivered.push(at);
          }
          return at - offset;
        },
      },
      filter: new LastByteFilter(),
      onHeard: () => undefined,
      onBadFrame: () => undefined,
      slabBytes,
    });
    const tunnel = new FakeTunnel();
    path.attach(tunnel.stream);
    tunnel.feed(path);
    const packets = Array.from({ length: 40 }, (_, n) => numbered(n, { size: 1000 }));
    tunnel.push(burst(...packets));
    await settle();
    assert.deepEqual([delivered.length, tunnel.isPaused()], [1, true]);
    room = 7; // what is left of the slab, and no more
    path.writable();
    await settle();
    assert.deepEqual([delivered.length, tunnel.isPaused()], [8, true]);
    room = 100;
    path.writable();
    await settle();
    assert.deepEqual([delivered.length, tunnel.isPaused()], [40, false]);
  });

  it('takes a chunk larger than its slab, blocked or not', async () => {
    const packets = Array.from({ length: 40 }, (_, n) => numbered(n, { size: 1000 }));
    for (const room of [Infinity, 0, 1, 7, 8, 20]) {
      const { device, tunnel } = setUp({ slabBytes: 8 * 1024 });
      device.blockAfter(room);
      tunnel.push(Buffer.from(burst(...packets)));
      await settle();
      assert.equal(device.sent.length, Math.min(room, 40));
      device.unblock();
      await settle();
      assert.deepEqual(sentOf(device), packets.map(toHex), `room ${room}`);
    }
  });

  it('delivers what came before a frame that is too long, reports it once, and stops', async () => {
    const { device, tunnel, path, log } = setUp();
    tunnel.push(Buffer.concat([burst(numbered(1)), Buffer.of(0x05, 0xd9), burst(numbered(2))]));
    await settle();
    assert.deepEqual(log.bad, [1497]);
    tunnel.push(Buffer.from(burst(numbered(3))));
    await settle();
    path.detach();
    assert.deepEqual(sentOf(device), [toHex(numbered(1))]);
    assert.deepEqual(log.bad, [1497]);
  });

  it('accepts a frame of 1496 bytes', async () => {
    const { device, tunnel, log } = setUp();
    tunnel.push(Buffer.from(burst(numbered(1, { size: 1496 }))));
    await settle();
    assert.equal(device.sent.length, 1);
    assert.deepEqual(log.bad, []);
  });

  it('delivers the whole frames of a tunnel that has ended, and forgets its last half', async () => {
    const { device, tunnel, path } = setUp();
    tunnel.push(Buffer.concat([burst(numbered(1)), Buffer.of(0, 60, 0x60)]));
    await new Promise((resolve) => process.nextTick(resolve));
    path.detach();
    const next = new FakeTunnel();
    path.attach(next.stream);
    next.feed(path);
    next.push(Buffer.from(burst(numbered(2))));
    await settle();
    assert.deepEqual(sentOf(device), [toHex(numbered(1)), toHex(numbered(2))]);
  });

  it('gives each chunk back after it was copied', async () => {
    const device = new FakeDevice();
    const path = new InboundPath({
      device,
      filter: new LastByteFilter(),
      onHeard: () => undefined,
      onBadFrame: () => undefined,
    });
    const tunnel = new FakeTunnel();
    path.attach(tunnel.stream);
    tunnel.feed(path);
    tunnel.push(Buffer.from(burst(numbered(1))));
    await settle();
    assert.equal(tunnel.released.length, 1);
    assert.deepEqual(sentOf(device), [toHex(numbered(1))]);
  });

  it('delivers the same whatever the chunks, the blocking and the slab', async () => {
    const arrangement = fc.record({
      sizes: fc.array(fc.integer({ min: 44, max: 1496 }), { maxLength: 30 }),
      cuts: fc.array(fc.integer({ min: 1, max: 4000 }), { minLength: 1, maxLength: 10 }),
      rooms: fc.array(fc.nat(10), { maxLength: 5 }),
      slabBytes: fc.constantFrom(3000, 8192, 65_536),
    });
    await fc.assert(
      fc.asyncProperty(arrangement, async ({ sizes, cuts, rooms, slabBytes }) => {
        const { device, tunnel } = setUp({ slabBytes });
        const packets = sizes.map((size, n) => numbered(n, { size, refused: n % 7 === 3 }));
        const stream = Buffer.from(burst(...packets));
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const end = at + cuts[turn % cuts.length]!;
          const room = rooms[turn % (rooms.length || 1)];
          if (room !== undefined) device.blockAfter(room);
          tunnel.push(Buffer.from(stream.subarray(at, end)));
          await new Promise((resolve) => setImmediate(resolve));
          device.unblock();
          at = end;
        }
        await settle();
        const expected = packets.filter((packet) => packet.at(-1) !== 0xff);
        assert.deepEqual(sentOf(device), expected.map(toHex));
      }),
      { numRuns: 60 },
    );
  });
});
