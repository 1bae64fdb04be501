/**
 * An ENF that means harm: what it sends through the tunnel to pose as the host's router, neighbour or DHCPv6 server,
 * from sources and to destinations that it has no right to, in fragments, behind extension headers, and malformed.
 */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { Capture } from '../harness/capture.ts';
import { defaultRoute, globalAddresses, routes } from '../harness/host-client.ts';
import { labFolder } from '../harness/paths.ts';
import { cardMac, hostInterface, serviceAddress, tunnelAddress } from '../harness/topology.ts';
import { until } from '../harness/until.ts';
import { concatBytes } from '../../src/wire/bytes.ts';
import { encodeIcmpv6 } from '../../src/wire/icmpv6.ts';
import { formatIpv6, pageAddress, parseIpv6 } from '../../src/wire/ipv6-address.ts';
import { encodeIpv6, nextHeader } from '../../src/wire/ipv6.ts';
import { encodeUdp } from '../../src/wire/udp.ts';
import { siteForEach } from './site-fixture.ts';

/** An upper layer, its protocol, and the headers before it; the first of them is the outermost. */
interface Forgery {
  readonly from?: string;
  readonly to?: string;
  readonly protocol: number;
  readonly upper: Uint8Array;
  readonly headers?: readonly Header[];
}
interface Header {
  readonly type: number;
  /** With the next header as its first byte, which is filled in. */
  readonly bytes: Uint8Array;
}

/** The card's page, beside the host and never beyond the tunnel. */
const pageText = formatIpv6(pageAddress);
const stranger = '2001:db8:bad::1';
const hop = header(nextHeader.hopByHop, '00 00 01 04 00 00 00 00');
const options = header(nextHeader.destinationOptions, '00 00 01 04 00 00 00 00');
const routing = header(nextHeader.routing, '00 00 04 00 00 00 00 00');
const atomicFragment = header(nextHeader.fragment, '00 00 00 00 00 00 00 01');
const firstFragment = header(nextHeader.fragment, '00 00 00 01 00 00 00 02');

const advertisement = icmp(134, '4000 2328 00000000 00000000', 'fe80::1');
const strangersAdvertisement = icmp(134, '4000 2328 00000000 00000000', stranger);
const neighbour = icmp(136, `20000000 ${hex(serviceAddress)} 0201 0242ac1100ff`, stranger);
const redirect = icmp(137, `00000000 ${hex(serviceAddress).repeat(2)}`, stranger);
const echo = icmp(128, '00070001', stranger);
const dhcpReply = udp(547, 546, stranger);
const dhcpSolicit = udp(40_000, 547, stranger);

const forgeries: readonly [name: string, packet: Uint8Array][] = [
  // Behind headers: whatever a filter must look through.
  ...([hop, options, routing, atomicFragment, firstFragment] as const).flatMap((before) =>
    [strangersAdvertisement, neighbour, redirect, dhcpReply, dhcpSolicit].map(
      (message): [string, Uint8Array] => [
        `type ${message.upper[0]} behind header ${before.type}`,
        forge({ ...message, headers: [before] }),
      ],
    ),
  ),
  ['behind eight headers', forge({ ...neighbour, headers: [hop, ...repeat(options, 7)] })],
  ['an echo behind nine headers', forge({ ...echo, headers: [hop, ...repeat(options, 8)] })],
  ['hop-by-hop options in the second place', forge({ ...echo, headers: [options, hop] })],
  // RFC 7112: the first fragment must show the upper layer.
  [
    'a first fragment that ends before its upper layer',
    forge({ protocol: nextHeader.icmpv6, upper: new Uint8Array(0), headers: [firstFragment] }),
  ],
  [
    'a first fragment that ends inside its options',
    forge({
      protocol: nextHeader.icmpv6,
      upper: new Uint8Array(0),
      headers: [firstFragment, header(nextHeader.destinationOptions, '00 02 01 04 00 00 00 00')],
    }),
  ],
  [
    'a first fragment with three bytes of UDP',
    forge({ ...dhcpReply, upper: dhcpReply.upper.subarray(0, 3), headers: [firstFragment] }),
  ],
  // Sources that cannot exist beyond the link.
  ...['fe80::1', 'fe80::2', 'ff02::1', '::', '::1', pageText, tunnelAddress].flatMap((from) =>
    [icmp(128, '00080001', from), udp(40_000, 40_002, from)].map(
      (message): [string, Uint8Array] => [`from ${from}, ${message.protocol}`, forge(message)],
    ),
  ),
  // Destinations that are not the host's one address.
  ...['fe80::1', 'ff02::1', 'ff05::1', 'fd00:8f80:1::1235', '::1', pageText, stranger].flatMap(
    (to) =>
      [
        icmp(134, '4000 2328 00000000 00000000', 'fe80::1', to),
        icmp(128, '00090001', stranger, to),
      ].map((message): [string, Uint8Array] => [
        `type ${message.upper[0]} to ${to}`,
        forge(message),
      ]),
  ),
  ['a heartbeat reply from another router', forge(icmp(129, '00010001', 'fe80::2'))],
  // Not what its length says, or no IPv6 at all.
  ['a payload length too long', withLength(forge(echo), 1)],
  ['a payload length too short', withLength(forge(echo), -1)],
  ['a fixed header cut short', forge(echo).subarray(0, 39)],
  ['one byte', Uint8Array.of(0x60)],
  ['IP version 5', forge(echo).with(0, 0x50)],
  ['IPv4', bytes('45000020 00010000 4011 0000 c0000201 c0000202 9c40 9c41 000c 0000 01020304')],
  [
    'an extension header beyond the end',
    forge(echo).with(6, nextHeader.destinationOptions).with(41, 255),
  ],
  ['an advertisement as the C router sends it', forge(advertisement)],
];

/** The same headers around something ordinary: it is not for them that a packet is refused. */
const ordinary = [hop, options, routing, atomicFragment].map((before, i) =>
  forge({ ...icmp(129, `000b000${i}`, stranger), headers: [before] }),
);

describe('an ENF that means harm', function () {
  const injected = `${labFolder}/forged.hex`;
  const marker = forge(udp(40_000, 40_001, serviceAddress));
  const site = siteForEach({ link: 'ethernet', misbehave: [`inject=${injected}`] }, (opened) =>
    opened.untilOnline(),
  );

  before(async () => {
    await mkdir(labFolder, { recursive: true });
    const packets = [...forgeries.map(([, packet]) => packet), ...ordinary, marker];
    await writeFile(injected, packets.map((packet) => `${toHex(packet)}\n`).join(''));
  });

  it('reaches the host with nothing but ordinary packets', async () => {
    const { host } = site();
    const before = await routes(host);
    const capture = await Capture.start(host, hostInterface, `ether src ${cardMac}`);
    // A new session makes the server inject again, now that the capture listens.
    await site().enfServer.kill();
    await site().restartEnf();
    await until('the marker', 20, () =>
      capture.packets().some(({ bytes: frame }) => packetIn(frame) === toHex(marker)),
    );
    await site().untilPing();
    const arrived = new Set((await capture.stop()).map(({ bytes: frame }) => packetIn(frame)));
    const got = forgeries.filter(([, packet]) => arrived.has(toHex(packet))).map(([name]) => name);
    assert.deepEqual(got, []);
    for (const packet of ordinary) assert.ok(arrived.has(toHex(packet)), toHex(packet));

    const withoutTimes = (entries: readonly { dst: string; gateway?: string }[]) =>
      entries.map(({ dst, gateway }) => `${dst} by ${gateway ?? 'link'}`).sort();
    assert.deepEqual(withoutTimes(await routes(host)), withoutTimes(before));
    assert.equal((await defaultRoute(host))?.gateway, 'fe80::1');
    assert.deepEqual(await globalAddresses(host), [tunnelAddress]);
    site().assertServiceAlive();
  });
});

function forge({ from = stranger, to = tunnelAddress, protocol, upper, headers = [] }: Forgery) {
  let next = protocol;
  const before: Uint8Array[] = [];
  for (const { type, bytes: content } of headers.toReversed()) {
    before.unshift(content.with(0, next));
    next = type;
  }
  const fixed = {
    source: address(from),
    destination: address(to),
    nextHeader: next,
    hopLimit: 255,
  };
  return encodeIpv6(fixed, concatBytes([...before, upper]));
}

function icmp(type: number, body: string, from: string, to = tunnelAddress): Forgery {
  const pair = { source: address(from), destination: address(to) };
  const upper = encodeIcmpv6(pair, { type, code: 0, body: bytes(body) });
  return { from, to, protocol: nextHeader.icmpv6, upper };
}

function udp(sourcePort: number, destinationPort: number, from: string): Forgery {
  const pair = { source: address(from), destination: address(tunnelAddress) };
  const payload = bytes('07abcdef 0001 000a 00030001 0242ac110001');
  const upper = encodeUdp(pair, { sourcePort, destinationPort, payload });
  return { from, protocol: nextHeader.udp, upper };
}

function header(type: number, content: string): Header {
  return { type, bytes: bytes(content) };
}

function repeat(one: Header, times: number): Header[] {
  return Array.from({ length: times }, () => one);
}

function withLength(packet: Uint8Array, difference: number): Uint8Array {
  return packet.with(5, packet[5]! + difference);
}

function address(text: string): Uint8Array {
  const parsed = parseIpv6(text);
  assert.ok(parsed !== undefined, text);
  return parsed;
}

function hex(addressText: string): string {
  return toHex(address(addressText));
}

function bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
}

function toHex(packet: Uint8Array): string {
  return Buffer.from(packet).toString('hex');
}

function packetIn(frame: Uint8Array): string {
  return toHex(frame.subarray(14));
}
