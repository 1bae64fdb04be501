import assert from 'node:assert/strict';
import { instant } from '../../../src/core/time.ts';
import { decodeNdPacket } from '../../../src/wire/nd/nd-packet.ts';
import { createRouter, onlySent, receive, sent, start } from './router-fixture.ts';
import * as p from './packets.ts';

const routerGroup = p.ip('ff02::1:ff00:1');
const forRouter = '87000000 00000000 fe800000000000000000000000000001';
const ownMacOption = '0101 d6adbeef0001';
const usual = p.icmpv6(p.hex(`${forRouter} ${ownMacOption}`), { destination: routerGroup });
const duplicateDetection = p.icmpv6(p.hex(forRouter), {
  source: p.ip('::'),
  destination: routerGroup,
});

/** Flags byte, target and MAC option of the recorded advertisement; R+S+O in place of R+S. */
const solicitedAnswer = p.icmpv6(p.recorded.solicitedAdvertisement.subarray(40).with(4, 0xe0), {
  source: p.router,
  destination: p.hostLinkLocal,
});
const multicastAnswer = p.icmpv6(p.recorded.solicitedAdvertisement.subarray(40).with(4, 0xa0), {
  source: p.router,
  destination: p.ip('ff02::1'),
});

describe('router/neighbour-responder', () => {
  it('RFC 4861 7.2.4: answers a solicitation with R, S, O and our MAC, to source and MAC', () => {
    const side = createRouter();
    const { packet, destinationMac } = onlySent(receive(side, usual));
    assert.equal(p.toHex(packet), p.toHex(solicitedAnswer));
    assert.deepEqual(destinationMac, p.hostMac);
    assert.equal(side.counters.neighbourSolicitations, 1);
    assert.equal(side.counters.neighbourAdvertisements, 1);
  });

  it('RFC 4861 7.3.1: answers a unicast reachability probe without options', () => {
    const probe = p.icmpv6(p.hex(forRouter));
    const { packet } = onlySent(receive(createRouter(), probe));
    assert.equal(p.toHex(packet), p.toHex(solicitedAnswer));
  });

  it('RFC 4861 7.2.4: duplicate address detection for fe80::1 is answered to all nodes with S=0', () => {
    const { packet, destinationMac } = onlySent(receive(createRouter(), duplicateDetection));
    assert.equal(p.toHex(packet), p.toHex(multicastAnswer));
    assert.equal(destinationMac, undefined);
  });

  it('announces another MAC where configured, and none on a plain TUN', () => {
    const other = onlySent(receive(createRouter({ announcedMac: p.otherMac }), usual));
    assert.ok(p.toHex(other.packet).endsWith(`0201${p.toHex(p.otherMac)}`));
    const tun = onlySent(receive(createRouter({ mac: undefined }), usual));
    const { message } = decodeNdPacket(tun.packet);
    assert.ok(message.kind === 'neighbour-advertisement');
    assert.deepEqual(message.options, []);
  });

  it('RFC 4861 7.2.6: an unsolicited advertisement at carrier up and every 600 s on Ethernet', () => {
    const side = createRouter();
    const unsolicited = (now: number) =>
      sent(now === start ? side.linkUp(start) : side.expire(instant(now)))
        .map(({ packet }) => p.toHex(packet))
        .filter((packet) => packet === p.toHex(multicastAnswer)).length;
    assert.equal(unsolicited(start), 1);
    assert.equal(unsolicited(start + 599_999), 0);
    assert.equal(unsolicited(start + 600_000), 1);
    assert.equal(unsolicited(start + 600_001), 0);
    assert.equal(unsolicited(start + 1_200_000), 1);
  });

  it('sends no unsolicited advertisement on a TUN', () => {
    const side = createRouter({ mac: undefined });
    const kinds = sent(side.linkUp(start)).map(({ packet }) => decodeNdPacket(packet).message.kind);
    assert.deepEqual(kinds, ['router-advertisement']);
  });

  for (const destination of ['fe80::5', 'ff02::5']) {
    it(`does not answer a solicitation for fe80::1 that was sent to ${destination}`, () => {
      const side = createRouter();
      const packet = p.icmpv6(p.hex(forRouter), { destination: p.ip(destination) });
      assert.deepEqual(receive(side, packet), []);
      assert.equal(side.counters.otherDestination, 1);
    });
  }

  it("never answers for another address, least of all the host's own", () => {
    const probeOf = (text: string, source: Uint8Array) =>
      p.icmpv6(p.hex(`87000000 00000000 ${p.toHex(p.ip(text))}`), {
        source,
        destination: p.ip(`ff02::1:ff${text.slice(-7)}`),
      });
    const side = createRouter();
    const hostProbe = p.icmpv6(p.hex(`87000000 00000000 ${p.toHex(p.ownAddress)}`), {
      source: p.ip('::'),
      destination: p.ip('ff02::1:ff00:1234'),
    });
    assert.deepEqual(receive(side, hostProbe), []);
    assert.deepEqual(sent(receive(side, probeOf('fe80::12:3456', p.hostLinkLocal))), []);
    assert.equal(side.counters.neighbourForOthers, 2);
    assert.equal(side.counters.hostMacLearned, 0, 'and learns nothing from it');
    assert.equal(side.counters.neighbourAdvertisements, 0);
  });

  const bad: [name: string, packet: Uint8Array][] = [
    ['hop limit 64', p.icmpv6(p.hex(forRouter), { destination: routerGroup, hopLimit: 64 })],
    ['a wrong checksum', usual.with(43, usual[43]! ^ 1)],
    ['code 1', p.icmpv6(p.hex(forRouter).with(1, 1), { destination: routerGroup })],
    ['fewer than 24 bytes', p.icmpv6(p.hex(forRouter).subarray(0, 23))],
    ['a multicast target', p.icmpv6(p.hex('87000000 00000000 ff020000000000000000000000000001'))],
    ['an option of length 0', p.icmpv6(p.hex(`${forRouter} 0100 d6adbeef0001`))],
    ['an option cut short', p.icmpv6(p.hex(`${forRouter} 0101 d6adbe`))],
    [
      'a MAC from the unspecified source',
      p.icmpv6(p.hex(`${forRouter} ${ownMacOption}`), {
        source: p.ip('::'),
        destination: routerGroup,
      }),
    ],
    [
      'the unspecified source to another group',
      p.icmpv6(p.hex(forRouter), { source: p.ip('::'), destination: p.ip('ff02::1') }),
    ],
  ];
  for (const [name, packet] of bad) {
    it(`RFC 4861 7.1.1: drops a solicitation with ${name}`, () => {
      const side = createRouter();
      assert.deepEqual(receive(side, packet), []);
      assert.equal(side.counters.malformed, 1);
      assert.equal(side.counters.neighbourSolicitations, 0);
    });
  }

  for (const source of ['fe80::1', 'ff02::1', '::1']) {
    it(`does not answer the source ${source}`, () => {
      const side = createRouter();
      const packet = p.icmpv6(p.hex(forRouter), { source: p.ip(source) });
      assert.deepEqual(receive(side, packet), []);
      assert.equal(side.counters.unusableSource, 1);
    });
  }
});
