/**
 * What `device.ts` promises, as tests that run against any device: the fake ones without root, the kernel's in a
 * network namespace. `Rig` is the world around the device under test.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { EthernetDevice, PacketDevice } from '../src/index.ts';
import { anyPackets, burst, udp6, unburst } from './packets.ts';

export interface Rig<Device extends PacketDevice> {
  device: Device;
  /** Gives the kernel packets for the device's reader. */
  inject(...packets: Uint8Array[]): void;
  /** Resolves with the next `count` packets that the device sent; rejects after a deadline. */
  sent(count: number): Promise<Uint8Array[]>;
  close(): void;
}

/** Everything that the device calls back, and what it read meanwhile. */
export class Recorder {
  readonly packets: Uint8Array[] = [];
  readonly control: Uint8Array[] = [];
  readonly errors: Error[] = [];
  readableCalls = 0;
  writableCalls = 0;
  onReadable: () => void = () => this.drain();
  readonly #device: PacketDevice;
  readonly #buf = Buffer.alloc(512 * 1024);

  constructor(device: PacketDevice) {
    this.#device = device;
  }

  start(): void {
    this.#device.start({
      onReadable: () => {
        this.readableCalls++;
        this.onReadable();
      },
      onWritable: () => void this.writableCalls++,
      onError: (error) => void this.errors.push(error),
    });
  }

  drain(): void {
    for (;;) {
      const length = this.#device.readBatch(this.#buf, 0);
      this.packets.push(...unburst(this.#buf.subarray(0, length)));
      if (length === 0) break;
    }
    if ('readControl' in this.#device) this.#drainControl(this.#device as EthernetDevice);
  }

  #drainControl(device: EthernetDevice): void {
    for (;;) {
      const length = device.readControl(this.#buf, 0);
      this.control.push(...unburst(this.#buf.subarray(0, length)));
      if (length === 0) return;
    }
  }
}

/** Polls until `condition`; says what was awaited when it does not come. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 50_000;
  while (!condition()) {
    assert.ok(performance.now() < deadline, `waited 50 s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Long enough for the loop to poll, and for what must not happen to happen. */
export const aWhile = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30));

export function itKeepsTheContract(
  makeRig: () => Rig<PacketDevice> | Promise<Rig<PacketDevice>>,
): void {
  let rig: Rig<PacketDevice>;
  let recorder: Recorder;
  beforeEach(async () => {
    rig = await makeRig();
    recorder = new Recorder(rig.device);
  });
  afterEach(() => rig.close());

  it('reads what was sent to it, whole and in order, and counts it', async () => {
    const { device } = rig;
    recorder.start();
    await fc.assert(
      fc.asyncProperty(anyPackets(), async (packets) => {
        recorder.packets.length = 0;
        const before = { ...countersOf(device) };
        rig.inject(...packets);
        await until(`${packets.length} packets`, () => recorder.packets.length >= packets.length);
        assert.deepEqual(recorder.packets.map(hex), packets.map(hex));
        const bytes = packets.reduce((sum, packet) => sum + packet.length, 0);
        assert.equal(device.counters.readPackets, before.readPackets + packets.length);
        assert.equal(device.counters.readBytes, before.readBytes + bytes);
        assert.equal(device.counters.readMalformed, before.readMalformed);
      }),
      { numRuns: 25 },
    );
  });

  it('writes every frame of a burst, leaves it unchanged, and counts it', async () => {
    const { device } = rig;
    await fc.assert(
      fc.asyncProperty(anyPackets(), fc.nat(100), async (packets, offset) => {
        const before = { ...countersOf(device) };
        const frames = burst(...packets);
        const buf = Buffer.concat([Buffer.alloc(offset, 0xee), frames, Buffer.alloc(7, 0xee)]);
        const copy = Buffer.from(buf);
        const consumed = device.writeBatch(buf, offset, offset + frames.length);
        assert.equal(consumed, frames.length);
        assert.ok(buf.equals(copy), 'the burst was changed');
        assert.deepEqual((await rig.sent(packets.length)).map(hex), packets.map(hex));
        const bytes = packets.reduce((sum, packet) => sum + packet.length, 0);
        assert.equal(device.counters.writtenPackets, before.writtenPackets + packets.length);
        assert.equal(device.counters.writtenBytes, before.writtenBytes + bytes);
      }),
      { numRuns: 25 },
    );
  });

  it('counts and skips a frame that is not an IP packet', async () => {
    const good = udp6({});
    const frames = burst(Uint8Array.of(0x12, 0x34), new Uint8Array(0), good);
    assert.equal(rig.device.writeBatch(frames, 0, frames.length), frames.length);
    assert.deepEqual((await rig.sent(1)).map(hex), [hex(good)]);
    assert.equal(rig.device.counters.writeRefused, 2);
    assert.equal(rig.device.counters.writtenPackets, 1);
  });

  it('refuses a range outside the buffer, a burst that ends inside a frame, and too little room', () => {
    const { device } = rig;
    const frames = burst(udp6({}));
    assert.throws(() => device.writeBatch(frames, 0, frames.length + 1), RangeError);
    assert.throws(() => device.writeBatch(frames, 10, 9), RangeError);
    assert.throws(() => device.writeBatch(frames, 0, frames.length - 1), /ends inside a frame/);
    assert.throws(() => device.writeBatch(frames, 0, 1), /ends inside a frame/);
    assert.equal(device.counters.writtenPackets, 0);
    assert.throws(() => device.readBatch(new Uint8Array(device.minReadSpace - 1), 0), RangeError);
    assert.equal(device.readBatch(new Uint8Array(device.minReadSpace), 0), 0);
    assert.equal(device.writeBatch(frames, 0, 0), 0);
  });

  it('stays silent before start and while paused, and goes on after', async () => {
    rig.inject(udp6({}));
    await aWhile();
    assert.equal(recorder.readableCalls, 0);
    recorder.start();
    await until('the first packet', () => recorder.packets.length === 1);

    rig.device.pause();
    rig.device.pause();
    rig.inject(udp6({}), udp6({}));
    await aWhile();
    assert.equal(recorder.packets.length, 1);
    rig.device.resume();
    rig.device.resume();
    await until('the packets of the pause', () => recorder.packets.length === 3);
  });

  it('does not call back from inside a method', async () => {
    let isInside = false;
    recorder.onReadable = (): void => {
      assert.equal(isInside, false);
      recorder.drain();
    };
    isInside = true;
    recorder.start();
    rig.device.pause();
    rig.device.resume();
    isInside = false;
    rig.inject(udp6({}));
    await until('a packet', () => recorder.packets.length === 1);
  });

  it('can be closed inside a callback, twice, and then stays silent', async () => {
    recorder.onReadable = (): void => {
      rig.device.close();
      rig.device.close();
    };
    recorder.start();
    rig.inject(udp6({}));
    await until('the call', () => recorder.readableCalls === 1);
    assert.equal(rig.device.closed, true);
    await aWhile();
    assert.equal(recorder.readableCalls, 1);
    assert.deepEqual(recorder.errors, []);
    const frames = burst(udp6({}));
    assert.equal(rig.device.readBatch(new Uint8Array(rig.device.minReadSpace), 0), 0);
    assert.equal(rig.device.writeBatch(frames, 0, frames.length), frames.length);
    rig.device.pause();
    rig.device.resume();
  });

  it('starts only once', () => {
    recorder.start();
    assert.throws(() => recorder.start(), { name: 'TuntapDeviceError', errno: 'EALREADY' });
  });
}

function countersOf(device: PacketDevice) {
  const { readPackets, readBytes, readMalformed, writtenPackets, writtenBytes, writeRefused } =
    device.counters;
  return { readPackets, readBytes, readMalformed, writtenPackets, writtenBytes, writeRefused };
}

export function hex(data: Uint8Array): string {
  return Buffer.from(data).toString('hex');
}
