import assert from 'node:assert/strict';
import { createHostCounters } from '../../../src/host/host-counters.ts';
import type { HostAction } from '../../../src/host/host-action.ts';
import { HostMac } from '../../../src/host/host-mac.ts';
import { hex, hostMac, otherMac, ownMac } from './packets.ts';

function setUp(options: { own?: Uint8Array; fixed?: Uint8Array } = {}) {
  const counters = createHostCounters();
  const mac = new HostMac({ own: ownMac, fixed: undefined, ...options }, counters);
  return { counters, mac };
}

describe('host/host-mac', () => {
  it('learns the source of a frame, once', () => {
    const { mac, counters } = setUp();
    assert.deepEqual(mac.learn(hostMac), [{ type: 'learn', mac: hostMac, comesFirst: true }]);
    assert.deepEqual(mac.learn(hostMac), []);
    assert.equal(counters.hostMacLearned, 1);
  });

  it('serves another host at once', () => {
    const { mac } = setUp();
    mac.learn(hostMac);
    assert.deepEqual(mac.learn(otherMac), [{ type: 'learn', mac: otherMac, comesFirst: false }]);
    assert.deepEqual(mac.learn(hostMac), [{ type: 'learn', mac: hostMac, comesFirst: false }]);
  });

  it('puts first whoever came first, or has sent data; no claim changes that', () => {
    const { mac } = setUp();
    const comesFirst = (actions: readonly HostAction[]) =>
      actions.map((action) => action.type === 'learn' && action.comesFirst);
    assert.deepEqual(comesFirst(mac.learn(hostMac)), [true]);
    assert.deepEqual(comesFirst(mac.learn(otherMac)), [false]);
    assert.deepEqual(comesFirst(mac.learnFromData(hostMac)), [true]);
    assert.deepEqual(comesFirst(mac.learn(otherMac)), [false]);
    mac.linkUp();
    assert.deepEqual(comesFirst(mac.learn(otherMac)), [true]);
  });

  it('learns when the option agrees with the frame', () => {
    assert.equal(setUp().mac.learn(hostMac, hostMac).length, 1);
  });

  const refused: [name: string, source: Uint8Array, announced?: Uint8Array][] = [
    ['a group address', hex('333300000001')],
    ['the broadcast address', hex('ffffffffffff')],
    ['all zeros', hex('000000000000')],
    ['our own address', ownMac],
    ['an option that names somebody else', hostMac, otherMac],
    ['an option that is longer than a MAC', hostMac, hex('d6adbeef00010000')],
  ];
  for (const [name, source, announced] of refused) {
    it(`refuses ${name}`, () => {
      const { mac, counters } = setUp();
      assert.deepEqual(mac.learn(source, announced), []);
      assert.equal(counters.hostMacRefused, 1);
      assert.equal(mac.learn(hostMac).length, 1, 'and it learned nothing from it');
    });
  }

  it('forgets at carrier up', () => {
    const { mac } = setUp();
    mac.learn(hostMac);
    assert.deepEqual(mac.linkUp(), [{ type: 'forget' }]);
    assert.equal(mac.learn(hostMac).length, 1);
  });

  it('a fixed address is told to the link at carrier up and never replaced', () => {
    const { mac, counters } = setUp({ fixed: hostMac });
    assert.deepEqual(mac.linkUp(), [{ type: 'learn', mac: hostMac, comesFirst: true }]);
    assert.deepEqual(mac.learn(otherMac), []);
    assert.deepEqual(mac.learn(hostMac), []);
    assert.equal(counters.hostMacRefused, 1, 'only the other one');
  });

  it('does nothing on a TUN', () => {
    const counters = createHostCounters();
    const mac = new HostMac({ own: undefined, fixed: hostMac }, counters);
    assert.deepEqual(mac.linkUp(), []);
    assert.deepEqual(mac.learn(hostMac), []);
    assert.deepEqual(mac.learn(undefined), []);
    assert.equal(mac.isOwn(undefined), false);
    assert.deepEqual(counters, createHostCounters());
  });

  it('keeps copies: the buffer of the caller may change', () => {
    const { mac } = setUp();
    const buffer = hostMac.slice();
    const [action] = mac.learn(buffer);
    buffer.fill(0);
    assert.deepEqual(action, { type: 'learn', mac: hostMac, comesFirst: true });
    assert.deepEqual(mac.learn(hostMac), []);
  });
});
