import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FakeDevice } from 'tuntap2/fake';
import { InternalError } from '../../../../src/core/errors.ts';
import { OutboundPath } from '../../../../src/daemon/packets/outbound-path.ts';
import { BurstFilter } from '../../../../src/tunnel/burst-filter.ts';
import { ip, toHex } from '../../router/packets.ts';
import { burst, outgoing, packetsOf } from '../../tunnel/frames.ts';
import { FakeClock, settle } from '../../core/fake-clock.ts';
import { FakeTunnel } from './fake-tunnel.ts';

/** Refuses packets whose last byte is 0xff. */
class LastByteFilter extends BurstFilter<unknown> {
  protected override admits(buf: Uint8Array, _: number, end: number): boolean {
    return buf[end - 1] !== 0xff;
  }
}

/** Number `n` in the last four bytes; marked packets are refused. */
function numbered(n: number, { size = 60, refused = false } = {}): Uint8Array {
  const payload = new Uint8Array(size - 40);
  new DataView(payload.buffer).setUint32(payload.length - 4, n * 2);
  if (refused) payload[payload.length - 1] = 0xff;
  return outgoing({ payload });
}

function setUp(): {
  device: FakeDevice;
  tunnel: FakeTunnel;
  clock: FakeClock;
  path: OutboundPath;
  orphans: string[];
  sent: () => number;
} {
  const device = new FakeDevice();
  const clock = new FakeClock();
  const orphans: string[] = [];
  let sent = 0;
  const path: OutboundPath = new OutboundPath({
    device,
    sorter: new LastByteFilter(),
    onNoTunnel: (buf, packet, end) => orphans.push(toHex(buf.subarray(packet, end))),
    onSent: () => sent++,
    onBlocked: () => path.gather(),
    clock,
  });
  device.start({
    onReadable: () => path.readable(),
    onError: (error) => assert.fail(error),
  });
  return { device, tunnel: new FakeTunnel(), clock, path, orphans, sent: () => sent };
}

describe('uplink path', () => {
  it('sends a frame of its own at once, before what waits behind a write', async () => {
    const { device, tunnel, path } = setUp();
    path.attach(tunnel.stream);
    tunnel.hold();
    device.inject(numbered(1));
    device.inject(numbered(2));
    path.sendFirst(burst(numbered(9)));
    device.inject(numbered(3));
    tunnel.release();
    await settle();
    const expected = [1, 9, 2, 3].map((n) => numbered(n));
    assert.equal(toHex(tunnel.written), toHex(burst(...expected)));
    path.detach();
    path.sendFirst(burst(numbered(9)));
    assert.equal(tunnel.written.length, burst(...expected).length, 'no tunnel, no frame');
  });

  it('makes one write of one burst, without what the filter refuses', async () => {
    const { device, tunnel, path, sent } = setUp();
    path.attach(tunnel.stream);
    device.inject(numbered(1), numbered(2, { refused: true }), numbered(3));
    await settle();
    assert.equal(tunnel.writes.length, 1);
    assert.equal(toHex(tunnel.written), toHex(burst(numbered(1), numbered(3))));
    assert.equal(sent(), 1);
  });

  it('uses its slab again at once where the tunnel takes everything at once', () => {
    const { device, path, sent } = setUp();
    const writes: Buffer[] = [];
    const slabs = new Set<ArrayBufferLike>();
    path.attach({
      write: (bytes) => {
        writes.push(Buffer.from(bytes));
        slabs.add(bytes.buffer);
        return true;
      },
    });
    for (let n = 0; n < 10; n++) device.inject(numbered(n));
    const expected = Array.from({ length: 10 }, (_, n) => toHex(burst(numbered(n))));
    assert.deepEqual(writes.map(toHex), expected);
    assert.equal(sent(), 10);
    assert.equal(slabs.size, 2);
  });

  it('writes nothing when all of a burst is refused', async () => {
    const { device, tunnel, path, sent } = setUp();
    path.attach(tunnel.stream);
    device.inject(numbered(1, { refused: true }));
    await settle();
    assert.equal(tunnel.writes.length, 0);
    assert.equal(sent(), 0);
  });

  it('gathers bursts while a write is in progress, and writes them together', async () => {
    const { device, tunnel, path } = setUp();
    path.attach(tunnel.stream);
    tunnel.hold();
    device.inject(numbered(1));
    device.inject(numbered(2));
    device.inject(numbered(3));
    await settle();
    assert.equal(tunnel.writes.length, 1);
    tunnel.release();
    await settle();
    assert.equal(tunnel.writes.length, 2);
    assert.equal(toHex(tunnel.written), toHex(burst(numbered(1), numbered(2), numbered(3))));
  });

  it('stops polling when two slabs are full, and goes on where it stopped', async () => {
    const { device, tunnel, path } = setUp();
    path.attach(tunnel.stream);
    tunnel.hold();
    const packets = Array.from({ length: 1000 }, (_, n) => numbered(n, { size: 1280 }));
    device.inject(...packets);
    await settle();
    assert.ok(device.waiting > 0, 'the device still holds packets');
    assert.ok(tunnel.writableLength <= 256 * 1024, `${tunnel.writableLength} bytes wait`);
    const held = device.waiting;
    device.inject(numbered(1000, { size: 1280 }));
    await settle();
    assert.equal(device.waiting, held + 1, 'no reading while blocked');
    tunnel.release();
    await settle();
    assert.equal(device.waiting, 0);
    const arrived = packetsOf(tunnel.written, 0, tunnel.written.length);
    assert.equal(arrived.length, 1001);
    arrived.forEach((packet, n) =>
      assert.equal(toHex(packet), toHex(numbered(n, { size: 1280 })), `packet ${n}`),
    );
  });

  it('lets fewer bytes wait for a slow tunnel, and more again when it is fast', async () => {
    const { device, tunnel, clock, path } = setUp();
    path.attach(tunnel.stream);
    tunnel.hold();
    device.inject(...Array.from({ length: 3000 }, (_, n) => numbered(n, { size: 1280 })));
    await settle();
    const write = async (took: number): Promise<number> => {
      clock.advance(took);
      tunnel.finishOne();
      await settle();
      return tunnel.writes.at(-1)!.length;
    };
    for (let i = 0; i < 3; i++) await write(1000);
    assert.ok((await write(1000)) <= 4 * 1282, 'three packets and a part');
    let gathered = 0;
    for (let i = 0; i < 10; i++) gathered = await write(1);
    assert.ok(gathered > 50 * 1282, `${gathered} bytes at a time`);
    assert.equal(path.droppedWhenFull, 0, 'what waits is for the device to keep');
  });

  it('takes what is for the router every 10 ms while the tunnel stands still, and nothing else', async () => {
    const { device, tunnel, clock, path } = setUp();
    path.attach(tunnel.stream);
    tunnel.hold();
    const forRouter = outgoing({ destination: ip('fe80::1'), payload: Uint8Array.of(0xff) });
    device.inject(...Array.from({ length: 1000 }, (_, n) => numbered(n, { size: 1280 })));
    await settle();
    const waiting = device.waiting;
    assert.ok(waiting > 0);
    device.inject(forRouter);
    clock.advance(9);
    assert.equal(device.waiting, waiting + 1);
    clock.advance(1);
    assert.equal(device.waiting, waiting);
    device.inject(forRouter);
    clock.advance(10);
    assert.equal(device.waiting, waiting, 'again after the next 10 ms');
    assert.equal(path.droppedWhenFull, 0);
    tunnel.release();
    await settle();
    assert.equal(clock.pending, 0, 'and no more once the tunnel moves');
    const arrived = packetsOf(tunnel.written, 0, tunnel.written.length);
    assert.equal(arrived.length, 1000);
  });

  it('counts each packet that came another way and found no room', async () => {
    const { device, tunnel, path } = setUp();
    path.attach(tunnel.stream);
    tunnel.hold();
    device.inject(...Array.from({ length: 1000 }, (_, n) => numbered(n, { size: 1280 })));
    await settle();
    path.forward(burst(numbered(1), numbered(2), numbered(3)));
    assert.equal(path.droppedWhenFull, 3);
  });

  it('reports each packet that has no tunnel, and keeps none', async () => {
    const { device, tunnel, path, orphans, sent } = setUp();
    device.inject(numbered(1), numbered(2, { refused: true }), numbered(3));
    assert.deepEqual(orphans, [toHex(numbered(1)), toHex(numbered(3))]);
    assert.equal(path.droppedWithoutTunnel, 2);
    path.attach(tunnel.stream);
    device.inject(numbered(4));
    await settle();
    assert.equal(toHex(tunnel.written), toHex(burst(numbered(4))));
    assert.equal(sent(), 1);
  });

  it('does not touch what an ended tunnel may still be sending', async () => {
    const { device, tunnel, path } = setUp();
    const inFlight: Buffer[] = [];
    tunnel._write = (chunk: Buffer) => void inFlight.push(chunk); // never done
    path.attach(tunnel.stream);
    device.inject(numbered(1));
    path.detach();
    const next = new FakeTunnel();
    path.attach(next.stream);
    for (let n = 2; n < 10; n++) {
      device.inject(numbered(n));
      await settle();
    }
    assert.equal(toHex(inFlight[0]!), toHex(burst(numbered(1))));
    assert.equal(packetsOf(next.written, 0, next.written.length).length, 8);
  });

  it('takes no late answer of an ended tunnel for one of the next', async () => {
    const { device, tunnel, path } = setUp();
    path.attach(tunnel.stream);
    tunnel.hold();
    device.inject(numbered(1));
    path.detach();
    const next = new FakeTunnel();
    next.hold();
    path.attach(next.stream);
    device.inject(numbered(2));
    device.inject(numbered(3));
    tunnel.release();
    await settle();
    // A stream passes one write at a time to its sink, and would hide a second one.
    assert.equal(next.writableLength, burst(numbered(2)).length, 'one write is in progress');
    assert.equal(toHex(next.written), toHex(burst(numbered(2))));
  });

  it('assumes nothing about the speed of the next tunnel, and lets as much wait for it as at first', async () => {
    const { device, tunnel, clock, path } = setUp();
    const packets = Array.from({ length: 3000 }, (_, n) => numbered(n, { size: 1280 }));
    const waitingFor = async (sink: FakeTunnel): Promise<number> => {
      sink.hold();
      device.inject(...packets);
      await settle();
      return sink.writableLength;
    };
    path.attach(tunnel.stream);
    const first = await waitingFor(tunnel);
    for (let i = 0; i < 3; i++) {
      clock.advance(1000);
      tunnel.finishOne();
      await settle();
    }
    assert.ok(tunnel.writableLength < first / 4, 'the path is slow');
    path.detach();
    await settle();
    const next = new FakeTunnel();
    path.attach(next.stream);
    assert.equal(await waitingFor(next), first);
  });

  it('polls again after a tunnel that ended while it was full', async () => {
    const { device, tunnel, clock, path, orphans } = setUp();
    path.attach(tunnel.stream);
    tunnel.hold();
    device.inject(...Array.from({ length: 1000 }, (_, n) => numbered(n, { size: 1280 })));
    await settle();
    assert.ok(device.waiting > 0);
    path.detach();
    await settle();
    assert.equal(device.waiting, 0);
    assert.ok(orphans.length > 500);
    assert.equal(clock.pending, 0);
  });

  it('forwards frames that came another way, unless there is no room', async () => {
    const { device, tunnel, path } = setUp();
    path.attach(tunnel.stream);
    tunnel.hold();
    path.forward(burst(numbered(1)));
    device.inject(...Array.from({ length: 1000 }, (_, n) => numbered(n, { size: 1280 })));
    await settle();
    let forwarded = 0;
    while (path.droppedWhenFull === 0) {
      path.forward(burst(numbered(forwarded, { size: 1280 })));
      forwarded++;
      assert.ok(forwarded < 1000, 'the room has an end');
    }
    tunnel.release();
    await settle();
    assert.equal(
      toHex(packetsOf(tunnel.written, 0, tunnel.written.length)[0]!),
      toHex(numbered(1)),
    );
  });

  it('loses, repeats and reorders nothing, however the tunnel stops and goes', async () => {
    const step = fc.oneof(
      fc.integer({ min: 1, max: 200 }).map((count) => ({ kind: 'inject' as const, count })),
      fc.constantFrom({ kind: 'hold' as const }, { kind: 'release' as const }),
      fc.constant({ kind: 'settle' as const }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const { device, tunnel, path } = setUp();
        path.attach(tunnel.stream);
        const expected: Uint8Array[] = [];
        for (const action of steps) {
          if (action.kind === 'inject') {
            const packets = Array.from({ length: action.count }, (_, n) =>
              numbered(expected.length + n, { size: 1000 }),
            );
            expected.push(...packets);
            device.inject(...packets);
          } else if (action.kind === 'hold') tunnel.hold();
          else if (action.kind === 'release') tunnel.release();
          else await settle();
        }
        tunnel.release();
        await settle();
        await settle();
        assert.ok(tunnel.written.equals(burst(...expected)));
      }),
      { numRuns: 40 },
    );
  });

  it('refuses a slab that one read may overflow', () => {
    const { clock } = setUp();
    const make = (): OutboundPath =>
      new OutboundPath({
        device: new FakeDevice(),
        sorter: new LastByteFilter(),
        onNoTunnel: () => undefined,
        onSent: () => undefined,
        onBlocked: () => undefined,
        clock,
        slabBytes: 1000,
      });
    assert.throws(make, InternalError);
  });
});
