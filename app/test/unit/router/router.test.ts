import assert from 'node:assert/strict';
import fc from 'fast-check';
import { instant, seconds } from '../../../src/core/time.ts';
import type { RouterAction } from '../../../src/router/router-action.ts';
import { createRouterCounters, type RouterCounters } from '../../../src/router/router-counters.ts';
import type { Router } from '../../../src/router/router.ts';
import { parseRoutePrefix } from '../../../src/router/route-prefix.ts';
import { decodeIcmpv6Error } from '../../../src/wire/icmpv6-error.ts';
import { decodeIcmpv6 } from '../../../src/wire/icmpv6.ts';
import { decodeIpv6 } from '../../../src/wire/ipv6.ts';
import { decodeNdPacket } from '../../../src/wire/nd/nd-packet.ts';
import { createRouter, onlySent, receive, sent, serverDuid, start } from './router-fixture.ts';
import * as p from './packets.ts';
import { domainNames } from './domain-names.ts';

/** The counters that have moved. */
function counted(side: Router): Partial<RouterCounters> {
  return Object.fromEntries(Object.entries(side.counters).filter(([, value]) => value !== 0));
}

function kinds(actions: readonly RouterAction[]): string[] {
  return actions.map((action) => action.type);
}

const data = p.udp({ from: 1, to: 2 }, p.hex('00'), {
  source: p.ownAddress,
  destination: p.otherAddress,
});
const echo = p.hex('80000000 00010001');
const udpToPage = p.udp({ from: 9, to: 80 }, p.hex('00'), {
  destination: p.ip('fde7:c3f9:6d0e::1'),
});

describe('router/router', () => {
  describe('what is for the router', () => {
    const dropped: [name: string, packet: Uint8Array, reason: keyof RouterCounters][] = [
      [
        'an MLD report',
        p.icmpv6(p.hex('8f000000 00000000'), { destination: p.ip('ff02::16'), hopLimit: 1 }),
        'multicastListener',
      ],
      [
        'mDNS',
        p.udp({ from: 5353, to: 5353 }, p.hex('00'), { destination: p.ip('ff02::fb') }),
        'mdns',
      ],
      [
        'LLMNR',
        p.udp({ from: 9, to: 5355 }, p.hex('00'), { destination: p.ip('ff02::1:3') }),
        'llmnr',
      ],
      [
        'UDP to another port',
        p.udp({ from: 9, to: 53 }, p.hex('00'), { destination: p.router }),
        'otherProtocol',
      ],
      [
        'TCP to fe80::1',
        p.withExtensionHeader(p.icmpv6(echo), 6, new Uint8Array(20)),
        'otherProtocol',
      ],
      [
        'a router advertisement of the host',
        p.icmpv6(p.hex('86000000 00000000 00000000 00000000'), { destination: p.ip('ff02::1') }),
        'otherIcmpv6',
      ],
      ['a redirect', p.icmpv6(p.hex('89000000')), 'otherIcmpv6'],
      ['too many extension headers', nested(9), 'malformed'],
      ['a fixed header cut short', p.icmpv6(echo).subarray(0, 39), 'malformed'],
      ['a fixed header and nothing else', p.noNextHeader, 'otherProtocol'],
      ['no bytes at all', new Uint8Array(0), 'malformed'],
      ['another IP version', new Uint8Array(60).fill(0x45), 'malformed'],
      ["UDP to the card's page", udpToPage, 'otherDestination'],
      [
        'a transient group of link scope',
        p.udp({ from: 1, to: 2 }, p.hex('00'), { destination: p.ip('ff12::5') }),
        'otherProtocol',
      ],
      [
        'a group of interface scope',
        p.icmpv6(echo, { destination: p.ip('ff01::1'), source: p.ip('::') }),
        'otherDestination',
      ],
      [
        'UDP to another node of the link',
        p.udp({ from: 9, to: 547 }, p.hex('00'), { destination: p.ip('fe80::5') }),
        'otherDestination',
      ],
      [
        'a router solicitation to a group that the router is not in',
        p.icmpv6(p.hex('85000000 00000000'), { destination: p.ip('ff02::5') }),
        'otherDestination',
      ],
    ];
    for (const [name, packet, reason] of dropped) {
      it(`drops and counts ${name}`, () => {
        const side = createRouter();
        assert.deepEqual(receive(side, packet), []);
        assert.deepEqual(counted(side), { [reason]: 1 });
      });
    }

    it('drops a frame that comes from our own MAC', () => {
      const side = createRouter();
      assert.deepEqual(receive(side, p.recorded.routerSolicitation, p.ownMac), []);
      assert.deepEqual(counted(side), { fromOwnMac: 1 });
    });

    for (const mac of ['333300000001', 'ffffffffffff', '010000000000', '000000000000']) {
      it(`answers nothing that comes from the MAC ${mac}`, () => {
        const side = createRouter();
        for (const packet of [p.recorded.routerSolicitation, p.recorded.dhcpSolicit, data]) {
          assert.equal(side.acceptsFrom(p.hex(mac)), false);
          assert.deepEqual(receive(side, packet, p.hex(mac)), []);
        }
        assert.deepEqual(counted(side), { fromGroupMac: 6 });
      });
    }

    describe('with headers that the router must not pass over (RFC 8200 4.2 and 4.4)', () => {
      const echoTo = (destination: string) => p.icmpv6(echo, { destination: p.ip(destination) });
      const option = (type: string) => p.hex(`0000 ${type}02 0000 0100`);
      const problem = (actions: readonly RouterAction[]) => {
        const { packet, destinationMac } = onlySent(actions);
        const header = decodeIpv6(packet);
        assert.deepEqual(header.source, p.router);
        assert.deepEqual(destinationMac, p.hostMac);
        return decodeIcmpv6Error(decodeIcmpv6(header, header.payload));
      };

      it('answers in spite of padding and of options that may be skipped', () => {
        for (const [type, body] of [
          [60, p.hex('0000 0104 00000000')],
          [60, p.hex('0000 000000000000')],
          [0, option('05')],
          [60, option('1e')],
          [43, p.hex('0000 0000 00000000')],
        ] as const) {
          const packet = p.withExtensionHeader(echoTo('fe80::1'), type, body);
          assert.equal(onlySent(receive(createRouter(), packet)).packet[40], 129);
        }
      });

      for (const to of ['fe80::1', 'ff02::1']) {
        it(`drops an unknown option of the kind 01 to ${to} silently`, () => {
          const side = createRouter();
          const packet = p.withExtensionHeader(echoTo(to), 60, option('45'));
          assert.deepEqual(receive(side, packet), []);
          assert.deepEqual(counted(side), { unknownOptions: 1 });
        });

        it(`reports an unknown option of the kind 10 to ${to}`, () => {
          const side = createRouter();
          const packet = p.withExtensionHeader(echoTo(to), 0, option('85'));
          const error = problem(receive(side, packet));
          assert.deepEqual(error, {
            kind: 'parameter-problem',
            code: 2,
            pointer: 42,
            quoted: packet,
          });
          assert.deepEqual(counted(side), { unknownOptions: 1, parameterProblemSent: 1 });
        });
      }

      it('reports an unknown option of the kind 11 unless it was sent to a group', () => {
        const side = createRouter();
        const padded = p.hex('0001 0102 0000 c304 00000000 01020000');
        const packet = p.withExtensionHeader(echoTo('fe80::1'), 60, padded);
        const error = problem(receive(side, packet));
        assert.deepEqual(error, {
          kind: 'parameter-problem',
          code: 2,
          pointer: 46,
          quoted: packet,
        });
        const toGroup = p.withExtensionHeader(echoTo('ff02::1'), 60, option('c3'));
        assert.deepEqual(receive(side, toGroup), []);
        assert.deepEqual(counted(side), { unknownOptions: 2, parameterProblemSent: 1 });
      });

      it('reports a routing header with segments left', () => {
        const side = createRouter();
        const packet = p.withExtensionHeader(echoTo('fe80::1'), 43, p.hex('0000 0401 00000000'));
        const error = problem(receive(side, packet));
        assert.deepEqual(error, {
          kind: 'parameter-problem',
          code: 0,
          pointer: 42,
          quoted: packet,
        });
      });

      it('drops an option that runs past its header, and says nothing of groups of others', () => {
        const side = createRouter();
        const past = p.withExtensionHeader(echoTo('fe80::1'), 60, p.hex('0000 c305 00000000'));
        const others = p.withExtensionHeader(echoTo('ff02::fb'), 60, option('85'));
        for (const packet of [past, others]) assert.deepEqual(receive(side, packet), []);
        assert.equal(side.counters.parameterProblemSent, 0);
      });

      it('reports ten at once, then ten a second, and nothing about an error', () => {
        const side = createRouter();
        const packet = p.withExtensionHeader(echoTo('fe80::1'), 60, option('85'));
        for (let i = 0; i < 100; i++) receive(side, packet);
        assert.equal(side.counters.parameterProblemSent, 10);
        const quiet = createRouter();
        const error = p.withExtensionHeader(p.icmpv6(p.hex('01000000 00000000')), 60, option('85'));
        assert.deepEqual(receive(quiet, error), []);
      });
    });

    it('counts frames that are not IPv6 by their type', () => {
      const side = createRouter();
      for (const type of [0x0800, 0x0806, 0x0806, 0x88cc]) side.ignoreFrame(type);
      assert.deepEqual(counted(side), { ipv4: 1, arp: 2, otherEtherType: 1 });
    });
  });

  describe('the MAC of the host', () => {
    const teaching: [name: string, packet: Uint8Array][] = [
      ['a router solicitation', p.recorded.routerSolicitation],
      [
        'a neighbour solicitation',
        p.icmpv6(p.hex('87000000 00000000 fe800000000000000000000000000001')),
      ],
      ['a DHCPv6 message', p.recorded.dhcpSolicit],
      [
        'a packet to the router with our address as source',
        p.icmpv6(echo, { source: p.ownAddress }),
      ],
    ];
    for (const [name, packet] of teaching) {
      it(`is learned from ${name}, once`, () => {
        const side = createRouter();
        assert.deepEqual(kinds(receive(side, packet)), ['learn', 'send']);
        assert.deepEqual(kinds(receive(side, packet)), ['send']);
        assert.equal(side.counters.hostMacLearned, 1);
      });
    }

    it('is learned from data with our address as source', () => {
      const side = createRouter();
      assert.deepEqual(side.learnFromData(p.hostMac, start), [{ type: 'learn', mac: p.hostMac }]);
      assert.deepEqual(side.learnFromData(p.hostMac, start), []);
      assert.deepEqual(side.learnFromData(p.otherMac, start), [{ type: 'learn', mac: p.otherMac }]);
    });

    const notTeaching: [name: string, packet: Uint8Array][] = [
      ['an echo request from another address', p.icmpv6(echo)],
      ['an invalid solicitation', p.icmpv6(p.hex('85000000 00000000'), { hopLimit: 1 })],
      [
        'a solicitation without address',
        p.icmpv6(p.hex('85000000 00000000'), { source: p.ip('::') }),
      ],
      ['mDNS', p.udp({ from: 5353, to: 5353 }, p.hex('00'), { destination: p.ip('ff02::fb') })],
    ];
    for (const [name, packet] of notTeaching) {
      it(`is not learned from ${name}`, () => {
        const side = createRouter();
        assert.ok(!kinds(receive(side, packet)).includes('learn'));
        assert.equal(side.counters.hostMacLearned, 0);
      });
    }

    it('an option that names another MAC is not learned; the answer goes where the frame came from', () => {
      const side = createRouter();
      const packet = p.icmpv6(p.hex(`85000000 00000000 0101${p.toHex(p.otherMac)}`), {
        destination: p.ip('ff02::2'),
      });
      const actions = receive(side, packet);
      assert.deepEqual(kinds(actions), ['send']);
      assert.deepEqual(onlySent(actions).destinationMac, p.hostMac);
      assert.equal(side.counters.hostMacRefused, 1);
    });

    it('is forgotten at carrier up, so that another host is served at once', () => {
      const side = createRouter();
      receive(side, p.recorded.routerSolicitation);
      assert.deepEqual(side.linkUp(start)[0], { type: 'forget' });
      const [first] = receive(side, p.recorded.routerSolicitation, p.otherMac);
      assert.deepEqual(first, { type: 'learn', mac: p.otherMac });
    });

    it('is announced to the link at carrier up where it is configured', () => {
      const side = createRouter({ hostMac: p.otherMac });
      assert.deepEqual(side.linkUp(start)[0], { type: 'learn', mac: p.otherMac });
      assert.deepEqual(kinds(receive(side, p.recorded.routerSolicitation)), ['send']);
    });
  });

  describe('another MAC address of our own', () => {
    const newMac = p.hex('0242ac110077');
    const announced = (actions: readonly RouterAction[]) =>
      sent(actions).map(({ packet }) => {
        const { message } = decodeNdPacket(packet);
        assert.ok('options' in message);
        const { options } = message;
        const own = options.find((option) => option.kind.endsWith('link-layer-address'));
        return [message.kind, own && 'mac' in own ? p.toHex(own.mac) : undefined];
      });
    const later = instant(start + 10_000);
    const both = [
      ['neighbour-advertisement', p.toHex(newMac)],
      ['router-advertisement', p.toHex(newMac)],
    ];

    it('is announced at once to a host that is there, and used from then on', () => {
      const side = createRouter();
      side.linkUp(start);
      receive(side, p.recorded.routerSolicitation);
      assert.deepEqual(announced(side.macChanged(newMac, later)), both);
      assert.ok(side.host !== undefined, 'the host is the same');
      const answer = receive(side, p.recorded.routerSolicitation, p.hostMac, later);
      assert.deepEqual(announced(answer), [both[1]]);
      side.linkDown();
      assert.deepEqual(announced(side.linkUp(instant(start + 60_000))), both);
    });

    it('is not announced while no host is there, or after the end', () => {
      const side = createRouter();
      assert.deepEqual(side.macChanged(newMac, start), []);
      assert.deepEqual(announced(side.linkUp(later)), both);
      side.shutdown();
      assert.deepEqual(side.macChanged(p.ownMac, later), []);
      const answer = onlySent(receive(side, p.recorded.routerSolicitation, p.hostMac, later));
      const { message } = decodeNdPacket(answer.packet);
      assert.ok(message.kind === 'router-advertisement');
      assert.equal(message.routerLifetime, 0, 'still withdrawn');
    });

    it('is not announced where the configuration sets the address', () => {
      const side = createRouter({ announcedMac: p.otherMac });
      side.linkUp(start);
      assert.deepEqual(side.macChanged(newMac, later), []);
    });

    it('is our own in the checks, and the one before no longer', () => {
      const side = createRouter();
      side.linkUp(start);
      side.macChanged(newMac, start);
      receive(side, p.recorded.routerSolicitation, newMac);
      assert.equal(side.counters.fromOwnMac, 1);
      receive(side, p.recorded.routerSolicitation, p.ownMac);
      assert.equal(side.counters.fromOwnMac, 1);
    });
  });

  describe('time', () => {
    it('has no deadline before the link is up', () => {
      assert.equal(createRouter().deadline, undefined);
    });

    it('does nothing before its deadline, and something at it, for hours', () => {
      const side = createRouter({ random: () => 0.3 });
      side.linkUp(start);
      let last = start;
      for (let round = 0; round < 100; round += 1) {
        const deadline = side.deadline!;
        assert.ok(deadline > last, 'time moves on');
        assert.deepEqual(side.expire(instant(deadline - 1)), []);
        assert.ok(side.expire(deadline).length > 0);
        last = deadline;
      }
    });

    it('a service that slept through many deadlines sends each message once', () => {
      const side = createRouter();
      side.linkUp(start);
      assert.equal(sent(side.expire(instant(start + 10_000_000))).length, 2);
      assert.deepEqual(side.expire(instant(start + 10_000_000)), []);
    });
  });

  it('says in words what of the configuration cannot be announced', () => {
    const routes = Array.from({ length: 60 }, (_, i) => parseRoutePrefix(`2607:${i + 1}::/32`)!);
    const dnsSearch = domainNames(
      ...['a', 'b', 'c', 'd'].map((part) => `${part}.${'x'.repeat(50)}.${'x'.repeat(10)}`),
    );
    const { warnings } = createRouter({ routes, dnsSearch });
    assert.match(warnings[0]!, /^route\.dns_search: "d\.x+\.x+" does not fit/);
    assert.match(warnings.at(-1)!, /^route\.prefixes: 2607:60::\/32 does not fit/);
    assert.deepEqual(createRouter().warnings, []);
  });

  it('sends errors with limits of their own', () => {
    const side = createRouter();
    assert.equal(
      decodeIpv6(onlySent(side.packetTooBig(data, undefined, start)).packet).payload[0],
      2,
    );
    assert.equal(
      decodeIpv6(onlySent(side.unreachable(data, undefined, 5, start)).packet).payload[1],
      5,
    );
    assert.deepEqual(counted(side), { packetTooBigSent: 1, unreachableSent: 1 });
  });

  it('keeps nothing of the buffers it was given', () => {
    const options = {
      mac: p.ownMac.slice(),
      address: p.ownAddress.slice(),
      duid: serverDuid.slice(),
    };
    const side = createRouter(options);
    options.mac.fill(0);
    options.address.fill(0);
    options.duid.fill(0);
    const packet = p.recorded.dhcpSolicit.slice();
    const mac = p.hostMac.slice();
    const before = receive(side, packet, mac);
    const fresh = createRouter();
    const expected = receive(fresh, p.recorded.dhcpSolicit);
    const advertised = receive(side, p.recorded.routerSolicitation);
    assert.deepEqual(advertised, receive(fresh, p.recorded.routerSolicitation));
    packet.fill(0xff);
    mac.fill(0xff);
    assert.deepEqual(before, expected);
    assert.deepEqual(kinds(receive(side, p.recorded.dhcpSolicit)), ['send'], 'the MAC is known');
  });

  describe('any input', () => {
    const base = fc.constantFrom(
      p.recorded.routerSolicitation,
      p.recorded.solicitedAdvertisement,
      p.recorded.dhcpSolicit,
      p.icmpv6(p.hex('87000000 00000000 fe800000000000000000000000000001 0101d6adbeef0001')),
      p.icmpv6(echo),
      data,
    );
    const position = fc.record({ at: fc.nat(), value: fc.integer({ min: 0, max: 255 }) });
    const mutated = fc
      .tuple(base, fc.array(position, { maxLength: 6 }), fc.nat(), fc.boolean())
      .map(([packet, changes, cut, repair]) => {
        const copy = packet.slice();
        for (const { at, value } of changes) copy[at % copy.length] = value;
        return repair ? repaired(copy) : copy.subarray(0, copy.length - (cut % 8));
      });
    const input = fc.oneof(mutated, fc.uint8Array({ maxLength: 1400 }));
    const mac = fc.option(fc.uint8Array({ minLength: 6, maxLength: 6 }), { nil: undefined });

    it('never throws, and yields at most one answer of at most 1280 bytes, one question and one learned MAC', () => {
      let answered = 0;
      const side = createRouter({
        dnsServers: [p.otherAddress],
        dnsSearch: domainNames('enf.example'),
      });
      side.linkUp(start);
      let now = start + 0;
      const property = fc.property(input, mac, (packet, sourceMac) => {
        now += 10;
        const actions = receive(side, packet, sourceMac, instant(now));
        const errors = [
          ...side.packetTooBig(packet, undefined, instant(now)),
          ...side.unreachable(packet, undefined, 0, instant(now)),
        ];
        const answers = sent(actions).filter(
          ({ packet }) => !isSolicitation(packet) && !isLaterFragment(packet),
        );
        assert.ok(answers.length <= 1 && sent(actions).length <= answers.length + 2);
        assert.ok(actions.length <= sent(actions).length + 1);
        assert.ok(errors.length <= 2);
        for (const one of [...sent(actions), ...sent(errors)]) {
          assert.ok(one.packet.length <= 1280);
          assert.deepEqual(decodeIpv6(one.packet).source, p.router);
        }
        answered += answers.length;
      });
      fc.assert(property, { numRuns: 3000 });
      assert.ok(answered > 50, `only ${answered} of the inputs got as far as an answer`);
    });

    it('counts every packet', () => {
      const counts = new Set(Object.keys(createRouterCounters()));
      for (const name of [
        'routerAdvertisements',
        'neighbourAdvertisements',
        'dhcpv6Replies',
        'echoReplies',
        'hostMacLearned',
        'hostMacContested',
        'hostMacRefused',
        'hostProbes',
        'neighbourForOthers',
        'parameterProblemSent',
        'unusableSource',
        'addressDeclined',
      ]) {
        counts.delete(name);
      }
      const side = createRouter({ raPeriod: seconds(1800) });
      const total = () =>
        [...counts].reduce((sum, name) => sum + side.counters[name as keyof RouterCounters], 0);
      const property = fc.property(input, mac, (packet, sourceMac) => {
        const before = { ...side.counters };
        const sum = total();
        receive(side, packet, sourceMac);
        // A request can be valid and yet its source unusable: counted as what it is, or as the reason.
        const refused = side.counters.unusableSource - before.unusableSource;
        const moved = total() - sum;
        assert.ok(moved + refused >= 1 && moved <= 1);
      });
      fc.assert(property, { numRuns: 2000 });
    });
  });
});

function isLaterFragment(packet: Uint8Array): boolean {
  return packet[6] === 44 && (packet[42]! !== 0 || packet[43]! > 7);
}

/** Only the question to a host that another station contests. */
function isSolicitation(packet: Uint8Array): boolean {
  return packet[6] === 58 && packet[40] === 135;
}

/** `packet` with its ICMPv6 or UDP checksum computed again, if it still has the shape for one. */
function repaired(packet: Uint8Array): Uint8Array {
  packet[0] = 0x60 | (packet[0]! & 0x0f);
  packet.set([(packet.length - 40) >> 8, (packet.length - 40) & 0xff], 4);
  const source = packet.subarray(8, 24);
  const destination = packet.subarray(24, 40);
  const body = packet.slice(40);
  const hopLimit = packet[7]!;
  if (packet[6] === 58) return p.icmpv6(body, { source, destination, hopLimit });
  if (packet[6] !== 17) return packet;
  const from = (body[0]! << 8) | body[1]!;
  const to = (body[2]! << 8) | body[3]!;
  return p.udp({ from, to }, body.subarray(8), { source, destination, hopLimit });
}

function nested(count: number): Uint8Array {
  let packet = p.icmpv6(echo);
  for (let i = 0; i < count; i += 1) {
    packet = p.withExtensionHeader(packet, 60, p.hex('0000010400000000'));
  }
  return packet;
}
