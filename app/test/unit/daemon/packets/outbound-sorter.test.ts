import assert from 'node:assert/strict';
import fc from 'fast-check';
import { instant } from '../../../../src/core/time.ts';
import { OutboundSorter } from '../../../../src/daemon/packets/outbound-sorter.ts';
import { classifyOutbound } from '../../../../src/tunnel/outbound-filter.ts';
import { hostMac, otherAddress, ownAddress, recorded, toHex } from '../../router/packets.ts';
import { anyBurst, burst, ipv4Packet, outgoing, packetsOf } from '../../tunnel/frames.ts';
import { heapBytesPerCall } from '../../wire/allocation.ts';

const now = instant(5);
const fromBurst = { mac: undefined, now };

function setUp({ allowIpv4 = false } = {}): { sorter: OutboundSorter; log: unknown[][] } {
  const log: unknown[][] = [];
  const sorter = new OutboundSorter({
    address: ownAddress,
    allowIpv4,
    routerPort: {
      receive: (packet, mac, at) => log.push(['receive', toHex(packet), mac, at]),
      wrongSource: (buf, packet, end, origin) =>
        log.push(['wrongSource', toHex(buf.subarray(packet, end)), origin.mac, origin.now]),
      tooBig: (buf, packet, end, origin) =>
        log.push(['tooBig', toHex(buf.subarray(packet, end)), origin.mac, origin.now]),
      learnFromData: (mac, at) => log.push(['learnFromData', mac, at]),
    },
  });
  return { sorter, log };
}

const spoofed = outgoing({ source: otherAddress });
const big = outgoing({ payload: new Uint8Array(1300) });

describe("sorting the host's packets", () => {
  it('hands on the packet itself with its origin, in the order of the burst', () => {
    const { sorter, log } = setUp();
    const buf = burst(recorded.routerSolicitation, outgoing(), spoofed, big, recorded.dhcpSolicit);
    const end = sorter.filter(buf, 0, buf.length, fromBurst);
    assert.deepEqual(packetsOf(buf, 0, end).map(toHex), [toHex(outgoing())]);
    assert.deepEqual(log, [
      ['receive', toHex(recorded.routerSolicitation), undefined, now],
      ['wrongSource', toHex(spoofed), undefined, now],
      ['tooBig', toHex(big), undefined, now],
      ['receive', toHex(recorded.dhcpSolicit), undefined, now],
    ]);
    const { passed, control, wrongSource, tooBig } = sorter.counters;
    assert.deepEqual([passed, control, wrongSource, tooBig], [1, 2, 1, 1]);
  });

  it('learns where the host is from data in a frame, and from nothing else', () => {
    const { sorter, log } = setUp();
    for (const packet of [spoofed, big, recorded.dhcpSolicit, outgoing()]) {
      const buf = burst(packet);
      sorter.filter(buf, 0, buf.length, { mac: hostMac, now });
    }
    assert.deepEqual(
      log.map(([what]) => what),
      ['wrongSource', 'tooBig', 'receive', 'learnFromData'],
    );
    assert.deepEqual(log.at(-1), ['learnFromData', hostMac, now]);
  });

  it('lets IPv4 of up to 1280 bytes pass where that is allowed, and reports no other', () => {
    const { sorter, log } = setUp({ allowIpv4: true });
    const large = new Uint8Array(1281);
    large.set(ipv4Packet);
    large.set([0x05, 0x01], 2);
    const buf = burst(ipv4Packet, large);
    const end = sorter.filter(buf, 0, buf.length, fromBurst);
    assert.deepEqual(packetsOf(buf, 0, end).map(toHex), [toHex(ipv4Packet)]);
    assert.deepEqual([sorter.counters.passed, sorter.counters.tooBig], [1, 1]);
    assert.deepEqual(log, []);
  });

  it('keeps of any burst what is for the tunnel, and counts every packet once', () => {
    const rules = { address: ownAddress, allowIpv4: false };
    fc.assert(
      fc.property(anyBurst, (packets) => {
        const { sorter } = setUp();
        const buf = burst(...packets);
        const end = sorter.filter(buf, 0, buf.length, fromBurst);
        const expected = packets.filter(
          (packet) => classifyOutbound(packet, 0, packet.length, rules) === 'tunnel',
        );
        assert.deepEqual(packetsOf(buf, 0, end).map(toHex), expected.map(toHex));
        const total = Object.values<number>({ ...sorter.counters }).reduce((sum, n) => sum + n, 0);
        assert.equal(total, packets.length);
      }),
      { numRuns: 500 },
    );
  });

  it('allocates nothing per packet', () => {
    const { sorter } = setUp();
    const buf = burst(...Array.from({ length: 8 }, () => outgoing()));
    assert.ok(heapBytesPerCall(() => sorter.filter(buf, 0, buf.length, fromBurst)) < 1);
  });
});
