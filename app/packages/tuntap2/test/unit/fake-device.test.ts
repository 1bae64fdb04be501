import assert from 'node:assert/strict';
import type { EthernetDevice, PacketDevice } from '../../src/index.ts';
import { FakeDevice, FakeEthernetDevice } from '../../src/fake-device.ts';
import { itKeepsTheContract, Recorder, until, type Rig } from '../device-contract.ts';
import { itClassifiesFrames } from '../ethernet-contract.ts';
import { burst, ethernet, udp6 } from '../packets.ts';

function rigOf<Device extends FakeDevice>(device: Device): Rig<Device> {
  return {
    device,
    inject: (...packets) => device.inject(...packets),
    sent: async (count) => {
      await until(`${count} sent`, () => device.sent.length >= count);
      return device.sent.splice(0, count);
    },
    close: () => device.close(),
  };
}

/** An Ethernet device behind a rig that moves packets: the headers are put on and taken off here. */
function ethernetAsPackets(): Rig<PacketDevice> {
  const device = new FakeEthernetDevice();
  const peer = Uint8Array.of(2, 0, 0, 0, 0, 9);
  device.setPeer(peer);
  const rig = rigOf(device);
  return {
    ...rig,
    inject: (...packets) =>
      device.inject(...packets.map((packet) => ethernet(device.mac, peer, 0x86dd, packet))),
    sent: async (count) => (await rig.sent(count)).map((frame) => frame.subarray(14)),
  };
}

describe('the fake packet device', () => {
  itKeepsTheContract((): Rig<PacketDevice> => rigOf(new FakeDevice()));

  it('blocks on request, reports it once, and takes the rest later', () => {
    const device = new FakeDevice();
    const recorder = new Recorder(device);
    recorder.start();
    device.blockAfter(1);
    const frame = burst(udp6({}));
    const frames = Buffer.concat([frame, frame, frame]);
    assert.equal(device.writeBatch(frames, 0, frames.length), frame.length);
    assert.equal(device.writeBatch(frames, frame.length, frames.length), 0);
    assert.equal(recorder.writableCalls, 0);
    device.unblock();
    device.unblock();
    assert.equal(recorder.writableCalls, 1);
    assert.equal(device.writeBatch(frames, frame.length, frames.length), 2 * frame.length);
    assert.equal(device.sent.length, 3);
  });

  it('fails once, then gives nothing and swallows writes', () => {
    const device = new FakeDevice({ name: 'usb0' });
    const recorder = new Recorder(device);
    recorder.start();
    device.fail();
    device.fail();
    assert.equal(recorder.errors.length, 1);
    assert.match(String(recorder.errors[0]), /usb0 failed: ENODEV/);
    device.inject(udp6({}));
    assert.equal(recorder.readableCalls, 0);
    const frame = burst(udp6({}));
    assert.equal(device.writeBatch(frame, 0, frame.length), frame.length);
    assert.deepEqual(device.sent, []);
  });

  it('refuses single packets on request', () => {
    const device = new FakeDevice();
    device.refuses = (packet): boolean => packet.length > 100;
    const frames = burst(udp6({ payload: new Uint8Array(200) }), udp6({}));
    assert.equal(device.writeBatch(frames, 0, frames.length), frames.length);
    assert.equal(device.counters.writeRefused, 1);
    assert.equal(device.sent.length, 1);
  });

  it('reads at most 64 packets at once', () => {
    const device = new FakeDevice();
    device.inject(...Array.from({ length: 70 }, () => udp6({})));
    const buf = new Uint8Array(256 * 1024);
    assert.equal(device.readBatch(buf, 0), 64 * burst(udp6({})).length);
    assert.equal(device.waiting, 6);
  });
});

describe('the fake Ethernet device, as a packet device', () => {
  itKeepsTheContract(ethernetAsPackets);
});

describe('the fake Ethernet device', () => {
  itClassifiesFrames((): Rig<EthernetDevice> => rigOf(new FakeEthernetDevice()));

  it('refuses VLAN-tagged frames', () => {
    const device = new FakeEthernetDevice();
    device.inject(ethernet(device.mac, device.mac, 0x8100, new Uint8Array(50)));
    assert.equal(device.readBatch(new Uint8Array(device.minReadSpace), 0), 0);
    assert.equal(device.counters.readMalformed, 1);
    assert.equal(device.readControl(new Uint8Array(4096), 0), 0);
  });
});
