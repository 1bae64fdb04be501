import assert from 'node:assert/strict';
import fc from 'fast-check';
import { InboundFilter, type InboundCounters } from '../../../src/tunnel/inbound-filter.ts';
import { concatBytes } from '../../../src/wire/bytes.ts';
import { newUpperLayer, walkExtensionHeaders } from '../../../src/wire/extension-headers.ts';
import { formatIpv6 } from '../../../src/wire/ipv6-address.ts';
import { heapBytesPerCall } from '../wire/allocation.ts';
import { linkVectors, vector } from '../wire/link-vectors.ts';
import { hex, icmpv6, ip, otherAddress, ownAddress, toHex, udp } from '../router/packets.ts';
import { anyBurst, burst, incoming, ipv4Packet, packetsOf, tryDecode } from './frames.ts';

const reply = vector('heartbeat reply framed').subarray(2);
const towardsUs = { source: otherAddress, destination: ownAddress };

function newFilter({ allowIpv4 = false } = {}): InboundFilter {
  return new InboundFilter({ address: ownAddress, allowIpv4 });
}

function verdict(packet: Uint8Array, options?: { allowIpv4: boolean }): keyof InboundCounters {
  const filter = newFilter(options);
  const buf = burst(packet);
  const end = filter.filter(buf, 0, buf.length);
  const counted = Object.entries(filter.counters).filter(([, count]) => count > 0);
  assert.equal(counted.length, 1, 'counted once');
  const [name, count] = counted[0] as [keyof InboundCounters, number];
  assert.equal(count, 1);
  assert.equal(end > 0, name === 'passed');
  return name;
}

function changed(packet: Uint8Array, offset: number, ...bytes: number[]): Uint8Array {
  const copy = packet.slice();
  copy.set(bytes, offset);
  return copy;
}

/** `headers` in hex between the fixed header and an upper layer of `protocol`, whose value the last of them holds. */
function behind(firstHeader: number, headers: string, payload: Uint8Array): Uint8Array {
  return incoming({ protocol: firstHeader, payload: concatBytes([hex(headers), payload]) });
}

const neighbourSolicitation = icmpv6(
  concatBytes([hex('8700000000000000'), ownAddress]),
  towardsUs,
).subarray(40);
const toDhcpClient = udp({ from: 547, to: 546 }, new Uint8Array(4), towardsUs).subarray(40);
const echoRequest = icmpv6(hex('8000000012340001'), towardsUs).subarray(40);

describe('inbound filter', () => {
  const rows: [string, Uint8Array, keyof InboundCounters][] = [
    ['data for our address', incoming(), 'passed'],
    ['1496 bytes', incoming({ payload: new Uint8Array(1456) }), 'passed'],
    ['an echo request', incoming({ protocol: 58, payload: echoRequest }), 'passed'],
    [
      'a packet too big message',
      incoming({ protocol: 58, payload: hex('02000000 00000500') }),
      'passed',
    ],
    ['UDP', incoming({ protocol: 17, payload: hex('1234 5678 0008 0000') }), 'passed'],
    [
      'UDP from the port of DHCPv6 servers',
      incoming({ protocol: 17, payload: hex('0223 0221 0008 0000') }),
      'passed',
    ],
    ['ESP', incoming({ protocol: 50 }), 'passed'],
    ['no next header', incoming({ protocol: 59, payload: new Uint8Array(0) }), 'passed'],
    ['an empty frame', new Uint8Array(0), 'empty'],

    ['the heartbeat reply', reply, 'heartbeatReply'],
    ['a heartbeat reply with a wrong checksum', changed(reply, 42, 0), 'forbiddenSource'],
    ['a heartbeat reply with another identifier', changed(reply, 44, 0), 'forbiddenSource'],
    ['a heartbeat reply with another code', changed(reply, 41, 1), 'forbiddenSource'],
    ['a heartbeat reply from fe80::2', changed(reply, 23, 2), 'forbiddenSource'],
    ['a heartbeat reply from elsewhere', icmpv6(hex('81000000454e4654'), towardsUs), 'passed'],
    ['a heartbeat reply for another client', changed(reply, 39, 9), 'wrongDestination'],
    ['our own heartbeat request', linkVectors['heartbeat request'], 'wrongDestination'],

    ['another destination', incoming({ destination: otherAddress }), 'wrongDestination'],
    ['all nodes', incoming({ destination: ip('ff02::1') }), 'wrongDestination'],
    ['a link-local destination', incoming({ destination: ip('fe80::1') }), 'wrongDestination'],
    ['a link-local source', incoming({ source: ip('fe80::2') }), 'forbiddenSource'],
    ['a multicast source', incoming({ source: ip('ff0e::1') }), 'forbiddenSource'],
    ['source ::', incoming({ source: ip('::') }), 'forbiddenSource'],
    ['source ::1', incoming({ source: ip('::1') }), 'forbiddenSource'],
    ["the card's page as source", incoming({ source: ip('fde7:c3f9:6d0e::1') }), 'forbiddenSource'],
    ["a neighbour of the card's page", incoming({ source: ip('fde7:c3f9:6d0e::2') }), 'passed'],
    [
      "the card's page as destination",
      incoming({ destination: ip('fde7:c3f9:6d0e::1') }),
      'wrongDestination',
    ],
    ['our own address as source', incoming({ source: ownAddress }), 'forbiddenSource'],

    ['DHCPv6 to the client', incoming({ protocol: 17, payload: toDhcpClient }), 'dhcpv6'],
    [
      'DHCPv6 to the server',
      incoming({ protocol: 17, payload: hex('1234 0223 0008 0000') }),
      'dhcpv6',
    ],
    ['UDP cut short', incoming({ protocol: 17, payload: hex('1234 0050 0008') }), 'malformed'],
    ['ICMPv6 cut short', incoming({ protocol: 58, payload: hex('800000') }), 'malformed'],

    [
      'discovery behind hop-by-hop options',
      behind(0, '3a00050200000100', neighbourSolicitation),
      'linkMessage',
    ],
    [
      'discovery behind destination options',
      behind(60, '3a00010400000000', neighbourSolicitation),
      'linkMessage',
    ],
    [
      'discovery behind seven headers',
      behind(60, '3c00010400000000'.repeat(6) + '3a00010400000000', neighbourSolicitation),
      'linkMessage',
    ],
    [
      'discovery behind nine headers',
      behind(60, '3c00010400000000'.repeat(8) + '3a00010400000000', neighbourSolicitation),
      'malformed',
    ],
    [
      'discovery in a first fragment',
      behind(44, '3a000001 00000001', neighbourSolicitation),
      'linkMessage',
    ],
    [
      'discovery in an only fragment',
      behind(44, '3a000000 00000001', neighbourSolicitation),
      'linkMessage',
    ],
    ['DHCPv6 in a first fragment', behind(44, '11000001 00000001', toDhcpClient), 'dhcpv6'],
    [
      'a first fragment without its upper layer',
      behind(44, '3a000001 00000001', new Uint8Array(0)),
      'malformed',
    ],
    [
      'a first fragment that ends in its options',
      behind(44, '3c000001 00000001', hex('3a01')),
      'malformed',
    ],
    ['a later fragment', behind(44, '3a000009 00000001', neighbourSolicitation), 'passed'],
    ['echo in a first fragment', behind(44, '3a000001 00000001', echoRequest), 'passed'],
    [
      'a header that runs past the end',
      behind(60, '3aff010400000000', neighbourSolicitation),
      'malformed',
    ],

    ['IPv4', ipv4Packet, 'ipv4'],
    ['IPv4 cut short', ipv4Packet.subarray(0, 27), 'malformed'],
    ['one byte missing', incoming().subarray(0, 59), 'malformed'],
    ['one byte too many', Uint8Array.of(...incoming(), 0), 'malformed'],
    ['one byte', Uint8Array.of(0x60), 'malformed'],
  ];
  for (const [name, packet, expected] of rows) {
    it(`${name}: ${expected}`, () => assert.equal(verdict(packet), expected));
  }

  for (const type of [129, 130, 131, 132, 133, 134, 135, 136, 137, 138, 142, 143, 144]) {
    const expected = (type >= 130 && type <= 137) || type === 143 ? 'linkMessage' : 'passed';
    it(`ICMPv6 type ${type}: ${expected}`, () => {
      const message = new Uint8Array(24);
      message[0] = type;
      assert.equal(verdict(incoming({ protocol: 58, payload: message })), expected);
    });
  }

  it('lets whole IPv4 packets pass where that is allowed', () => {
    assert.equal(verdict(ipv4Packet, { allowIpv4: true }), 'passed');
    assert.equal(verdict(ipv4Packet.subarray(0, 27), { allowIpv4: true }), 'malformed');
  });

  it('agrees with the rules written down naively, for any burst', () => {
    fc.assert(
      fc.property(anyBurst, (packets) => {
        const filter = newFilter();
        const buf = burst(...packets);
        const end = filter.filter(buf, 0, buf.length);
        const expected = packets.filter(mayEnter);
        assert.deepEqual(packetsOf(buf, 0, end).map(toHex), expected.map(toHex));
        const total = Object.values<number>({ ...filter.counters }).reduce((sum, n) => sum + n, 0);
        assert.equal(total, packets.length);
      }),
      { numRuns: 500 },
    );
  });

  it('allocates nothing per packet', () => {
    const filter = newFilter();
    const data = udp({ from: 1000, to: 2000 }, new Uint8Array(100), towardsUs);
    const buf = burst(...Array.from({ length: 8 }, () => data));
    assert.ok(heapBytesPerCall(() => filter.filter(buf, 0, buf.length)) < 1);
    assert.equal(packetsOf(buf, 0, buf.length).length, 8);
  });
});

/** The rules of what may enter, from the text of the addresses. */
function mayEnter(packet: Uint8Array): boolean {
  const decoded = tryDecode(packet);
  if (decoded === undefined) return false;
  const source = formatIpv6(decoded.source);
  if (formatIpv6(decoded.destination) !== formatIpv6(ownAddress)) return false;
  if (/^(fe[89ab].:|ff)/.test(source)) return false;
  if (['::', '::1', 'fde7:c3f9:6d0e::1', formatIpv6(ownAddress)].includes(source)) return false;

  const upper = newUpperLayer();
  if (!walkExtensionHeaders(packet, 0, packet.length, upper)) return false;
  const message = packet.subarray(upper.offset);
  if (upper.fragment === 'later') return true;
  if (upper.protocol === 58) {
    const type = message[0] ?? 0;
    return message.length >= 4 && !(type >= 130 && type <= 137) && type !== 143;
  }
  if (upper.protocol === 17) {
    const port = (message[2] ?? 0) * 256 + (message[3] ?? 0);
    return message.length >= 8 && port !== 546 && port !== 547;
  }
  return true;
}
