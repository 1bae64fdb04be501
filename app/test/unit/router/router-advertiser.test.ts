import assert from 'node:assert/strict';
import { instant, seconds } from '../../../src/core/time.ts';
import type { Router } from '../../../src/router/router.ts';
import { allNodes } from '../../../src/wire/ipv6-address.ts';
import { decodeNdPacket } from '../../../src/wire/nd/nd-packet.ts';
import { createRouter, onlySent, receive, sent, start } from './router-fixture.ts';
import * as p from './packets.ts';

function at(afterStart: number) {
  return instant(start + afterStart);
}

/** Destinations of the advertisements among what is sent. */
function advertisedTo(actions: ReturnType<Router['expire']>): Uint8Array[] {
  return sent(actions)
    .map(({ packet }) => decodeNdPacket(packet))
    .filter(({ message }) => message.kind === 'router-advertisement')
    .map(({ destination }) => destination);
}

const toRouters = { destination: p.ip('ff02::2') };
const solicitation = p.hex('85000000 00000000');
const withSourceMac = p.hex('85000000 00000000 0101 d6adbeef0001');
const nobody = p.icmpv6(solicitation, { ...toRouters, source: p.ip('::') });

describe('router/router-advertiser', () => {
  it('RFC 4861 6.2.6: answers the recorded solicitation at once, by unicast to source and MAC', () => {
    const side = createRouter();
    const { packet, destinationMac } = onlySent(receive(side, p.recorded.routerSolicitation));
    const { source, destination, message } = decodeNdPacket(packet);
    assert.deepEqual(source, p.router);
    assert.deepEqual(destination, p.hostLinkLocal);
    assert.deepEqual(destinationMac, p.hostMac);
    assert.equal(packet[7], 255, 'hop limit');
    assert.ok(message.kind === 'router-advertisement');
    assert.equal(message.managed, true);
    assert.equal(message.preference, 'high');
    assert.equal(message.routerLifetime, 9000);
    assert.equal(side.counters.routerAdvertisements, 1);
  });

  it('answers every unicast solicitation, also under the limit for multicast', () => {
    const side = createRouter();
    side.linkUp(start);
    for (let i = 0; i < 5; i += 1) onlySent(receive(side, p.recorded.routerSolicitation));
  });

  it('announces the MAC of its interface on Ethernet, another where configured, none on a plain TUN', () => {
    const macOf = (side: Router) => {
      const { packet } = onlySent(receive(side, p.recorded.routerSolicitation));
      const { message } = decodeNdPacket(packet);
      assert.ok(message.kind === 'router-advertisement');
      const option = message.options.find((o) => o.kind === 'source-link-layer-address');
      return option?.kind === 'source-link-layer-address' ? option.mac : undefined;
    };
    assert.deepEqual(macOf(createRouter()), p.ownMac);
    assert.deepEqual(macOf(createRouter({ announcedMac: p.otherMac })), p.otherMac);
    assert.deepEqual(macOf(createRouter({ mac: undefined, announcedMac: p.otherMac })), p.otherMac);
    assert.equal(macOf(createRouter({ mac: undefined })), undefined);
  });

  it('RFC 4861 6.2.4: three advertisements from carrier up, then jittered periods, without end', () => {
    const side = createRouter({ random: () => 0.5 });
    assert.equal(advertisedTo(side.linkUp(start)).length, 1);
    const times: number[] = [];
    while (times.length < 4) {
      const deadline = side.deadline!;
      if (advertisedTo(side.expire(deadline)).length > 0) times.push(deadline - start);
    }
    assert.deepEqual(times, [16_000, 32_000, 557_000, 1_082_000]);
  });

  it('RFC 4861 6.2.6: a source without an address is answered by multicast, one per 3 s', () => {
    const side = createRouter();
    assert.deepEqual(advertisedTo(side.linkUp(start)), [allNodes]);
    for (const time of [100, 200, 300]) {
      assert.deepEqual(sent(receive(side, nobody, p.hostMac, at(time))), []);
    }
    assert.equal(side.deadline, at(3000));
    const { packet, destinationMac } = onlySent(side.expire(at(3000)));
    assert.deepEqual(decodeNdPacket(packet).destination, allNodes);
    assert.equal(destinationMac, undefined, 'the link maps the group');
    assert.deepEqual(advertisedTo(receive(side, nobody, p.hostMac, at(10_000))), [allNodes]);
  });

  it('is silent from carrier down until carrier up, and starts again then', () => {
    const side = createRouter();
    side.linkUp(start);
    side.linkDown();
    assert.equal(side.deadline, undefined);
    assert.deepEqual(side.expire(at(10_000_000)), []);
    assert.equal(advertisedTo(side.linkUp(at(20_000_000))).length, 1);
    assert.equal(side.deadline, at(20_016_000));
  });

  it('RFC 4861 6.2.5: at system shutdown one advertisement with lifetime 0, and nothing after it', () => {
    const side = createRouter();
    side.linkUp(start);
    const { packet } = onlySent(side.shutdown());
    const { destination, message } = decodeNdPacket(packet);
    assert.deepEqual(destination, allNodes);
    assert.ok(message.kind === 'router-advertisement');
    assert.equal(message.routerLifetime, 0);
    assert.equal(side.deadline, undefined);

    const late = decodeNdPacket(onlySent(receive(side, p.recorded.routerSolicitation)).packet);
    assert.ok(late.message.kind === 'router-advertisement');
    assert.equal(late.message.routerLifetime, 0, 'a host that asks meanwhile receives the same');
  });

  const good: [name: string, packet: Uint8Array][] = [
    ['with its MAC', p.icmpv6(withSourceMac, toRouters)],
    ['with an unknown option', p.icmpv6(p.hex('85000000 00000000 fd01aabbccddeeff'), toRouters)],
    ['with code 0 and reserved bits set', p.icmpv6(p.hex('85000000 ffffffff'), toRouters)],
    ['sent to fe80::1', p.icmpv6(solicitation, {})],
    ['from our address', p.icmpv6(solicitation, { ...toRouters, source: p.ownAddress })],
    [
      'behind a hop-by-hop header',
      p.withExtensionHeader(p.icmpv6(solicitation, toRouters), 0, p.hex('0000010400000000')),
    ],
    ['padded by Ethernet', Uint8Array.of(...p.icmpv6(solicitation, toRouters), 0, 0, 0, 0)],
  ];
  for (const [name, packet] of good) {
    it(`answers a solicitation ${name}`, () => {
      onlySent(receive(createRouter(), packet));
    });
  }

  const bad: [name: string, packet: Uint8Array][] = [
    ['hop limit 254', p.icmpv6(solicitation, { ...toRouters, hopLimit: 254 })],
    ['a wrong checksum', p.recorded.routerSolicitation.with(42, 0)],
    ['code 1', p.icmpv6(p.hex('85010000 00000000'), toRouters)],
    ['fewer than 8 bytes', p.icmpv6(p.hex('85000000 000000'), toRouters)],
    ['an option of length 0', p.icmpv6(p.hex('85000000 00000000 0100 d6adbeef0001'), toRouters)],
    ['an option cut short', p.icmpv6(p.hex('85000000 00000000 0102 d6adbeef0001'), toRouters)],
    [
      'a MAC from the unspecified source',
      p.icmpv6(withSourceMac, { ...toRouters, source: p.ip('::') }),
    ],
    ['a packet cut short', p.recorded.routerSolicitation.subarray(0, 47)],
    ['a fixed header cut short', p.recorded.routerSolicitation.subarray(0, 39)],
  ];
  for (const [name, packet] of bad) {
    it(`RFC 4861 6.1.1: drops a solicitation with ${name}`, () => {
      const side = createRouter();
      assert.deepEqual(receive(side, packet), []);
      assert.equal(side.counters.malformed, 1);
      assert.equal(side.counters.routerSolicitations, 0);
    });
  }

  it('RFC 6980: drops a solicitation in a fragment', () => {
    const side = createRouter();
    const fragment = p.withExtensionHeader(
      p.icmpv6(solicitation, toRouters),
      44,
      p.hex('0000000000000001'),
    );
    assert.deepEqual(receive(side, fragment), []);
    assert.equal(side.counters.fragmentedControl, 1);
  });

  it('refuses a period that RFC 4861 6.2.1 does not allow', () => {
    assert.throws(() => createRouter({ raPeriod: seconds(3) }), { code: 'INTERNAL' });
  });
});
