import assert from 'node:assert/strict';
import { instant } from '../../../src/core/time.ts';
import { createRouterCounters } from '../../../src/router/router-counters.ts';
import { IcmpErrors } from '../../../src/router/icmp-errors.ts';
import { decodeIcmpv6Error } from '../../../src/wire/icmpv6-error.ts';
import { decodeIcmpv6 } from '../../../src/wire/icmpv6.ts';
import { decodeIpv6 } from '../../../src/wire/ipv6.ts';
import * as p from './packets.ts';

const destination = p.ip('2607:8f80::5');
const data = p.udp({ from: 1000, to: 2000 }, new Uint8Array(1300).fill(7), {
  source: p.ownAddress,
  destination,
  hopLimit: 64,
});

function setUp() {
  const counters = createRouterCounters();
  return { counters, errors: new IcmpErrors(counters) };
}

/** What the one packet sent says; its checksum has been verified. */
function readError(actions: ReturnType<IcmpErrors['packetTooBig']>) {
  const [packet, ...others] = p.sentPackets(actions);
  assert.ok(packet !== undefined && others.length === 0, 'exactly one packet');
  const header = decodeIpv6(packet);
  return { packet, header, error: decodeIcmpv6Error(decodeIcmpv6(header, header.payload)) };
}

describe('router/icmp-errors', () => {
  it('RFC 4443 3.2: Packet Too Big from fe80::1 to the source, MTU 1280, quoting all that fits 1280 bytes', () => {
    const { errors, counters } = setUp();
    const { packet, header, error } = readError(errors.packetTooBig(data, undefined, instant(0)));
    assert.deepEqual(header.source, p.router);
    assert.deepEqual(header.destination, p.ownAddress);
    assert.equal(packet.length, 1280);
    assert.ok(error.kind === 'packet-too-big');
    assert.equal(error.mtuBytes, 1280);
    assert.deepEqual(error.quoted, data.subarray(0, 1232));
    assert.equal(counters.packetTooBigSent, 1);
  });

  for (const code of [0, 5] as const) {
    it(`RFC 4443 3.1: Destination Unreachable code ${code}, quoting the whole of a small packet`, () => {
      const small = p.udp({ from: 1, to: 2 }, p.hex('0102'), {
        source: p.ip('fd99::7'),
        destination,
      });
      const { errors, counters } = setUp();
      const { header, error } = readError(errors.unreachable(small, undefined, code, instant(0)));
      assert.deepEqual(header.destination, p.ip('fd99::7'));
      assert.deepEqual(error, { kind: 'destination-unreachable', code, quoted: small });
      assert.equal(counters.unreachableSent, 1);
    });
  }

  const echoRequest = p.icmpv6(p.hex('8000000000010001'), { source: p.ownAddress, destination });
  it('answers for an echo request and a first fragment', () => {
    const fragment = p.withExtensionHeader(data, 44, p.hex('0000000100000001'));
    for (const packet of [echoRequest, fragment]) {
      assert.equal(setUp().errors.packetTooBig(packet, undefined, instant(0)).length, 1);
    }
  });

  const source = p.ownAddress;
  const silent: [name: string, packet: Uint8Array][] = [
    ['an ICMPv6 error', p.icmpv6(p.hex('0300000000000000'), { source, destination })],
    [
      'an ICMPv6 error of an unknown type',
      p.icmpv6(p.hex('7f00000000000000'), { source, destination }),
    ],
    [
      'an ICMPv6 error behind an extension header',
      p.withExtensionHeader(
        p.icmpv6(p.hex('0100000000000000'), { source, destination }),
        60,
        p.hex('0000010400000000'),
      ),
    ],
    ['a redirect', p.icmpv6(p.hex('8900000000000000'), { source, destination })],
    [
      'a multicast source',
      p.udp({ from: 1, to: 2 }, p.hex('00'), { source: p.ip('ff02::1'), destination }),
    ],
    [
      'the unspecified source',
      p.udp({ from: 1, to: 2 }, p.hex('00'), { source: p.ip('::'), destination }),
    ],
    [
      'the loopback source',
      p.udp({ from: 1, to: 2 }, p.hex('00'), { source: p.ip('::1'), destination }),
    ],
    [
      'the router as source',
      p.udp({ from: 1, to: 2 }, p.hex('00'), { source: p.router, destination }),
    ],
    ['a later fragment', p.withExtensionHeader(data, 44, p.hex('0000010000000001'))],
    [
      'an ICMPv6 header without bytes',
      p.icmpv6(p.hex('80000000'), { source, destination }).subarray(0, 40),
    ],
    [
      'an extension header cut short',
      p.withExtensionHeader(data, 60, p.hex('0000010400000000')).subarray(0, 44),
    ],
    ['an IPv4 packet', new Uint8Array(60).fill(0x45)],
    ['a packet cut short', data.subarray(0, 39)],
    ['no bytes', new Uint8Array(0)],
  ];
  for (const [name, packet] of silent) {
    it(`RFC 4443 2.4 e: says nothing about ${name}`, () => {
      const { errors, counters } = setUp();
      assert.deepEqual(errors.packetTooBig(packet, undefined, instant(0)), []);
      assert.deepEqual(errors.unreachable(packet, undefined, 0, instant(0)), []);
      assert.deepEqual(errors.unreachable(packet, undefined, 5, instant(0)), []);
      assert.equal(counters.packetTooBigSent + counters.unreachableSent, 0);
    });
  }

  it('RFC 4443 2.4 e.3: of what is sent to a group only the MTU is reported', () => {
    const { errors } = setUp();
    const toGroup = p.udp({ from: 1, to: 2 }, p.hex('00'), {
      source,
      destination: p.ip('ff0e::1'),
    });
    const { header } = readError(errors.packetTooBig(toGroup, undefined, instant(0)));
    assert.deepEqual(header.source, p.router);
    assert.deepEqual(errors.unreachable(toGroup, undefined, 0, instant(0)), []);
    assert.deepEqual(errors.unreachable(toGroup, undefined, 5, instant(0)), []);
  });

  it('RFC 4443 2.4 f: sends ten at once, then ten per second, and counts what it held back', () => {
    const { errors, counters } = setUp();
    for (let i = 0; i < 100; i += 1) errors.packetTooBig(data, undefined, instant(0));
    assert.equal(counters.packetTooBigSent, 10);
    assert.equal(counters.errorsSuppressed, 90);
    for (let now = 1; now <= 2000; now += 1) errors.packetTooBig(data, undefined, instant(now));
    assert.equal(counters.packetTooBigSent, 30);
  });

  it('goes to the station that sent the packet, whose limits are not those of the host', () => {
    const { errors } = setUp();
    const [first] = errors.packetTooBig(data, p.otherMac, instant(0));
    assert.deepEqual(first?.type === 'send' && first.destinationMac, p.otherMac);
    for (let i = 0; i < 20; i += 1) {
      errors.packetTooBig(data, p.otherMac, instant(0));
      errors.unreachable(data, p.otherMac, 5, instant(0));
    }
    const [unreachable] = errors.unreachable(data, undefined, 5, instant(0));
    assert.ok(unreachable?.type === 'send' && unreachable.destinationMac === undefined);
    assert.equal(errors.packetTooBig(data, undefined, instant(0)).length, 1);
  });

  it('limits each kind for itself', () => {
    const { errors } = setUp();
    for (let i = 0; i < 20; i += 1) errors.unreachable(data, undefined, 5, instant(0));
    assert.equal(errors.unreachable(data, undefined, 0, instant(0)).length, 1);
    assert.equal(errors.packetTooBig(data, undefined, instant(0)).length, 1);
  });

  it('packets that get no error take no token from others', () => {
    const { errors } = setUp();
    for (const [, packet] of silent) errors.packetTooBig(packet, undefined, instant(0));
    assert.equal(errors.packetTooBig(data, undefined, instant(0)).length, 1);
    let sent = 1;
    while (errors.packetTooBig(data, undefined, instant(0)).length > 0) sent += 1;
    assert.equal(sent, 10);
  });
});
