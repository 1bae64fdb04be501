import assert from 'node:assert/strict';
import fc from 'fast-check';
import { classifyOutbound, type OutboundClass } from '../../../src/tunnel/outbound-filter.ts';
import { formatIpv6 } from '../../../src/wire/ipv6-address.ts';
import { heapBytesPerCall } from '../wire/allocation.ts';
import { hex, hostLinkLocal, ip, otherAddress, ownAddress, recorded } from '../router/packets.ts';
import { anyPacket, ipv4Packet, outgoing, tryDecode } from './frames.ts';

function classify(packet: Uint8Array, { allowIpv4 = false } = {}): OutboundClass {
  const framed = Uint8Array.of(0xff, ...packet, 0xff);
  return classifyOutbound(framed, 1, framed.length - 1, { address: ownAddress, allowIpv4 });
}

describe('a packet from the host', () => {
  const rows: [string, Uint8Array, OutboundClass][] = [
    ['data from our address', outgoing(), 'tunnel'],
    ['an empty payload', outgoing({ payload: new Uint8Array(0) }), 'tunnel'],
    ['1280 bytes', outgoing({ payload: new Uint8Array(1240) }), 'tunnel'],
    ['1281 bytes', outgoing({ payload: new Uint8Array(1241) }), 'tooBig'],
    ['a router solicitation', recorded.routerSolicitation, 'router'],
    ['a DHCPv6 solicit', recorded.dhcpSolicit, 'router'],
    ['our address to fe80::1', outgoing({ destination: ip('fe80::1') }), 'router'],
    ['the end of fe80::/10', outgoing({ destination: ip('febf:ffff::1') }), 'router'],
    ["the card's page", outgoing({ destination: ip('fde7:c3f9:6d0e::1') }), 'router'],
    [
      "a neighbour of the card's page",
      outgoing({ destination: ip('fde7:c3f9:6d0e::2') }),
      'tunnel',
    ],
    ['just behind fe80::/10', outgoing({ destination: ip('fec0::1') }), 'tunnel'],
    ['ff01::1', outgoing({ destination: ip('ff01::1') }), 'router'],
    ['ff02::fb, mDNS', outgoing({ destination: ip('ff02::fb') }), 'router'],
    ['ff02::16, MLD', outgoing({ source: hostLinkLocal, destination: ip('ff02::16') }), 'router'],
    ['a transient link-local group', outgoing({ destination: ip('ff12::1') }), 'router'],
    ['a site-local group', outgoing({ destination: ip('ff05::1:3') }), 'tunnel'],
    ['a group of realm scope', outgoing({ destination: ip('ff03::1') }), 'tunnel'],
    ['a global group', outgoing({ destination: ip('ff0e::1') }), 'tunnel'],
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
    // errors.md: parse
    ['a packet of no bytes', new Uint8Array(0), 'malformed'],
    ['39 bytes of IPv6', outgoing().subarray(0, 39), 'malformed'],
    ['one byte missing', outgoing().subarray(0, 59), 'malformed'],
    ['one byte too many', Uint8Array.of(...outgoing(), 0), 'malformed'],
    ['version 5', Uint8Array.of(0x50, ...outgoing().subarray(1)), 'malformed'],
    ['60 bytes of 0x45', new Uint8Array(60).fill(0x45), 'malformed'],
    ['an ARP request', hex('0001080006040001'), 'malformed'],
  ];
  for (const [name, packet, expected] of rows) {
    it(`${name}: ${expected}`, () => assert.equal(classify(packet), expected));
  }

  it('lets IPv4 of up to 1280 bytes pass where that is allowed', () => {
    const large = new Uint8Array(1281);
    large.set(ipv4Packet);
    large.set([0x05, 0x01], 2);
    assert.equal(classify(ipv4Packet, { allowIpv4: true }), 'tunnel');
    assert.equal(classify(large, { allowIpv4: true }), 'tooBig');
  });

  it('agrees with the rules written down naively, for any packet', () => {
    fc.assert(
      fc.property(anyPacket, (packet) => {
        assert.equal(classify(packet) === 'tunnel', mayLeave(packet));
      }),
      { numRuns: 2000 },
    );
  });

  it('allocates nothing', () => {
    const packet = outgoing();
    const rules = { address: ownAddress, allowIpv4: false };
    const classifyOnce = () => classifyOutbound(packet, 0, packet.length, rules);
    assert.ok(heapBytesPerCall(classifyOnce) < 1);
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
