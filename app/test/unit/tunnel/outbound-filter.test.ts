import assert from 'node:assert/strict';
import fc from 'fast-check';
import { OutboundFilter, type OutboundCounters } from '../../../src/tunnel/outbound-filter.ts';
import { formatIpv6 } from '../../../src/wire/ipv6-address.ts';
import { heapBytesPerCall } from '../wire/allocation.ts';
import {
  hex,
  hostLinkLocal,
  ip,
  otherAddress,
  ownAddress,
  recorded,
  toHex,
} from '../router/packets.ts';
import { anyBurst, burst, ipv4Packet, outgoing, packetsOf, tryDecode } from './frames.ts';

function newFilter({ allowIpv4 = false } = {}): {
  filter: OutboundFilter;
  reports: Record<'control' | 'wrongSource' | 'tooBig', string[]>;
} {
  const reports = { control: [] as string[], wrongSource: [] as string[], tooBig: [] as string[] };
  const report =
    (kind: keyof typeof reports) =>
    (buf: Uint8Array, packet: number, end: number): void => {
      reports[kind].push(toHex(buf.subarray(packet, end)));
    };
  const filter = new OutboundFilter({
    address: ownAddress,
    allowIpv4,
    reports: {
      control: report('control'),
      wrongSource: report('wrongSource'),
      tooBig: report('tooBig'),
    },
  });
  return { filter, reports };
}

function verdict(packet: Uint8Array, options?: { allowIpv4: boolean }): keyof OutboundCounters {
  const { filter } = newFilter(options);
  const buf = burst(packet);
  const end = filter.filter(buf, 0, buf.length);
  const counted = Object.entries(filter.counters).filter(([, count]) => count > 0);
  assert.equal(counted.length, 1, 'counted once');
  const [name, count] = counted[0] as [keyof OutboundCounters, number];
  assert.equal(count, 1);
  assert.equal(end > 0, name === 'passed');
  return name;
}

describe('egress filter', () => {
  const rows: [string, Uint8Array, keyof OutboundCounters][] = [
    ['data from our address', outgoing(), 'passed'],
    ['an empty payload', outgoing({ payload: new Uint8Array(0) }), 'passed'],
    ['1280 bytes', outgoing({ payload: new Uint8Array(1240) }), 'passed'],
    ['1281 bytes', outgoing({ payload: new Uint8Array(1241) }), 'tooBig'],
    ['a router solicitation', recorded.routerSolicitation, 'control'],
    ['a DHCPv6 solicit', recorded.dhcpSolicit, 'control'],
    ['our address to fe80::1', outgoing({ destination: ip('fe80::1') }), 'control'],
    ['the end of fe80::/10', outgoing({ destination: ip('febf:ffff::1') }), 'control'],
    ["the card's page", outgoing({ destination: ip('fde7:c3f9:6d0e::1') }), 'control'],
    [
      "a neighbour of the card's page",
      outgoing({ destination: ip('fde7:c3f9:6d0e::2') }),
      'passed',
    ],
    ['just behind fe80::/10', outgoing({ destination: ip('fec0::1') }), 'passed'],
    ['ff01::1', outgoing({ destination: ip('ff01::1') }), 'control'],
    ['ff02::fb, mDNS', outgoing({ destination: ip('ff02::fb') }), 'control'],
    ['ff02::16, MLD', outgoing({ source: hostLinkLocal, destination: ip('ff02::16') }), 'control'],
    ['a transient link-local group', outgoing({ destination: ip('ff12::1') }), 'control'],
    ['a site-local group', outgoing({ destination: ip('ff05::1:3') }), 'passed'],
    ['a global group', outgoing({ destination: ip('ff0e::1') }), 'passed'],
    ['our own address', outgoing({ destination: ownAddress }), 'badDestination'],
    ["the card's page as source", outgoing({ source: ip('fde7:c3f9:6d0e::1') }), 'wrongSource'],
    ['a link-local source', outgoing({ source: hostLinkLocal }), 'wrongSource'],
    ['no source', outgoing({ source: ip('::') }), 'wrongSource'],
    ['a neighbour of our address', outgoing({ source: ip('fd00:8f80:1::1235') }), 'wrongSource'],
    [
      'a wrong source and 1400 bytes',
      outgoing({ source: otherAddress, payload: new Uint8Array(1400) }),
      'wrongSource',
    ],
    ['destination ::1', outgoing({ destination: ip('::1') }), 'badDestination'],
    ['destination ::', outgoing({ destination: ip('::') }), 'badDestination'],
    ['IPv4', ipv4Packet, 'ipv4'],
    ['IPv4 cut short', ipv4Packet.subarray(0, 27), 'malformed'],
    ['a packet of no bytes', new Uint8Array(0), 'malformed'],
    ['39 bytes of IPv6', outgoing().subarray(0, 39), 'malformed'],
    ['one byte missing', outgoing().subarray(0, 59), 'malformed'],
    ['one byte too many', Uint8Array.of(...outgoing(), 0), 'malformed'],
    ['version 5', Uint8Array.of(0x50, ...outgoing().subarray(1)), 'malformed'],
    ['an ARP request', hex('0001080006040001'), 'malformed'],
  ];
  for (const [name, packet, expected] of rows) {
    it(`${name}: ${expected}`, () => assert.equal(verdict(packet), expected));
  }

  it('lets IPv4 of up to 1280 bytes pass where that is allowed', () => {
    const large = new Uint8Array(1281);
    large.set(ipv4Packet);
    large.set([0x05, 0x01], 2);
    assert.equal(verdict(ipv4Packet, { allowIpv4: true }), 'passed');
    assert.equal(verdict(large, { allowIpv4: true }), 'tooBig');
  });

  it('reports the packet itself, in the order of the burst', () => {
    const { filter, reports } = newFilter();
    const spoofed = outgoing({ source: otherAddress });
    const big = outgoing({ payload: new Uint8Array(1300) });
    const buf = burst(recorded.routerSolicitation, outgoing(), spoofed, big, recorded.dhcpSolicit);
    filter.filter(buf, 0, buf.length);
    assert.deepEqual(reports, {
      control: [toHex(recorded.routerSolicitation), toHex(recorded.dhcpSolicit)],
      wrongSource: [toHex(spoofed)],
      tooBig: [toHex(big)],
    });
  });

  it('agrees with the rules written down naively, for any burst', () => {
    fc.assert(
      fc.property(anyBurst, (packets) => {
        const { filter } = newFilter();
        const buf = burst(...packets);
        const end = filter.filter(buf, 0, buf.length);
        const expected = packets.filter(mayLeave);
        assert.deepEqual(packetsOf(buf, 0, end).map(toHex), expected.map(toHex));
        const total = Object.values<number>({ ...filter.counters }).reduce((sum, n) => sum + n, 0);
        assert.equal(total, packets.length);
      }),
      { numRuns: 500 },
    );
  });

  it('allocates nothing per packet', () => {
    const { filter } = newFilter();
    const buf = burst(...Array.from({ length: 8 }, () => outgoing()));
    assert.ok(heapBytesPerCall(() => filter.filter(buf, 0, buf.length)) < 1);
  });
});

/** The rules of what may leave, from the text of the addresses. */
function mayLeave(packet: Uint8Array): boolean {
  const decoded = tryDecode(packet);
  if (decoded === undefined || packet.length > 1280) return false;
  const destination = formatIpv6(decoded.destination);
  return (
    formatIpv6(decoded.source) === formatIpv6(ownAddress) &&
    !/^fe[89ab].:/.test(destination) &&
    !/^ff.[012]:/.test(destination) &&
    !['::', '::1', 'fde7:c3f9:6d0e::1', formatIpv6(ownAddress)].includes(destination)
  );
}
