import assert from 'node:assert/strict';
import { FakeDevice, FakeEthernetDevice } from 'tuntap2/fake';
import { Attempt } from '../../../src/core/attempt.ts';
import { EthernetLink } from '../../../src/link/ethernet-link.ts';
import { TunLink } from '../../../src/link/tun-link.ts';
import { hostMac, otherMac, ownMac, recorded, toHex } from '../router/packets.ts';
import { incoming } from '../tunnel/frames.ts';

const packet = recorded.advertisementDefault;
const { signal } = new Attempt();

describe('TUN link', () => {
  it('sends packets as they are, in order', () => {
    const device = new FakeDevice();
    new TunLink({ device }).perform([
      { type: 'send', packet },
      { type: 'learn', mac: hostMac },
      { type: 'send', packet: incoming(), destinationMac: hostMac },
    ]);
    assert.deepEqual(device.sent.map(toHex), [packet, incoming()].map(toHex));
  });

  it('keeps what the device does not take until it does', () => {
    const device = new FakeDevice();
    const link = new TunLink({ device });
    device.blockAfter(0);
    link.perform([{ type: 'send', packet }]);
    assert.equal(link.flush(), false);
    device.unblock();
    assert.equal(link.flush(), true);
    assert.equal(device.sent.length, 1);
  });

  it('leaves its address, what is wrong with it and its end to the guard', async () => {
    const calls: string[] = [];
    const guard = {
      problem: 'enf0 lacks something',
      onProblem: (): void => undefined,
      set: (address: string) => Promise.resolve(void calls.push(`set ${address}`)),
      look: () => calls.push('look'),
      close: () => calls.push('close'),
    };
    const link = new TunLink({ device: new FakeDevice(), guard });
    link.listen({ problemChanged: () => calls.push('problem') });
    await link.setAddress('fd00::1', signal);
    link.interfaceChanged();
    guard.onProblem();
    assert.equal(link.problem, 'enf0 lacks something');
    link.close();
    assert.deepEqual(calls, ['set fd00::1', 'look', 'problem', 'close']);
  });

  it('does without a guard where another program sets the address', async () => {
    const link = new TunLink({ device: new FakeDevice() });
    await link.setAddress('fd00::1', signal);
    link.interfaceChanged();
    assert.equal(link.problem, undefined);
  });

  it('has no control frames and closes its device', () => {
    const device = new FakeDevice();
    const link = new TunLink({ device });
    assert.equal(link.readControl(), 0);
    link.close();
    assert.equal(device.closed, true);
  });
});

describe('Ethernet link', () => {
  function setUp(): { device: FakeEthernetDevice; link: EthernetLink } {
    const device = new FakeEthernetDevice({ mac: ownMac });
    return { device, link: new EthernetLink(device) };
  }
  const header = (frame: Uint8Array): string => toHex(frame.subarray(0, 14));

  it('sends to the MAC of the action, else to the host it learned, else to all', () => {
    const { device, link } = setUp();
    link.perform([
      { type: 'send', packet: incoming() },
      { type: 'send', packet: incoming(), destinationMac: otherMac },
      { type: 'learn', mac: hostMac },
      { type: 'send', packet: incoming() },
      { type: 'send', packet },
      { type: 'forget' },
      { type: 'send', packet: incoming() },
    ]);
    const source = `${toHex(ownMac)}86dd`;
    assert.deepEqual(device.sent.map(header), [
      `333300000001${source}`,
      `${toHex(otherMac)}${source}`,
      `${toHex(hostMac)}${source}`,
      `333300000001${source}`,
      `333300000001${source}`,
    ]);
    assert.equal(toHex(device.sent[1]!.subarray(14)), toHex(incoming()));
  });

  it('keeps both kinds of message in order while the device is full', () => {
    const { device, link } = setUp();
    device.blockAfter(0);
    link.perform([
      { type: 'send', packet },
      { type: 'send', packet: incoming(), destinationMac: hostMac },
    ]);
    assert.equal(device.sent.length, 0);
    device.unblock();
    assert.equal(link.flush(), true);
    assert.deepEqual(
      device.sent.map((frame) => toHex(frame.subarray(14))),
      [packet, incoming()].map(toHex),
    );
  });

  it('sends from another MAC address when its interface has another one', () => {
    const { device, link } = setUp();
    link.setMac(otherMac);
    assert.equal(toHex(link.mac), toHex(otherMac));
    link.perform([
      { type: 'send', packet, destinationMac: hostMac },
      { type: 'send', packet },
    ]);
    assert.deepEqual(device.sent.map(header), [
      `${toHex(hostMac)}${toHex(otherMac)}86dd`,
      `333300000001${toHex(otherMac)}86dd`,
    ]);
  });

  it('leaves the address to the host', async () => {
    const { device, link } = setUp();
    await link.setAddress();
    assert.equal(device.sent.length, 0);
    link.close();
    assert.equal(device.closed, true);
  });
});
