/** Servers that cut their records strangely, or send what no server should: the host must not notice. */
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { hasLogged } from '../harness/logged.ts';
import { Capture } from '../harness/capture.ts';
import { defaultRoute, globalAddresses } from '../harness/host-client.ts';
import { labFolder } from '../harness/paths.ts';
import { Site } from '../harness/site.ts';
import { cardMac, hostInterface, serviceAddress, tunnelAddress } from '../harness/topology.ts';
import { startWebServer, transfer } from '../harness/transfer.ts';
import { until } from '../harness/until.ts';
import type { AddressPair } from '../../src/wire/checksum.ts';
import { encodeIcmpv6 } from '../../src/wire/icmpv6.ts';
import { parseIpv6 } from '../../src/wire/ipv6-address.ts';
import { encodeIpv6, nextHeader } from '../../src/wire/ipv6.ts';
import { encodeUdp } from '../../src/wire/udp.ts';
import { bothLinks, siteForAll, siteForEach } from './site-fixture.ts';

for (const link of bothLinks) {
  for (const split of [1, 7]) {
    describe(`TLS records of ${split} bytes, link ${link}`, () => {
      const site = siteForAll({ link, misbehave: [`split=${split}`] }, async (opened) => {
        await opened.untilOnline();
        opened.with(await startWebServer(opened.network.enf, serviceAddress));
      });

      it('a download keeps its checksum', async () => {
        await transfer(site().host, serviceAddress, 'download', split * 50_000);
      });
    });
  }
}

describe('a server that breaks the protocol', () => {
  for (const faults of ['garbage', 'overlong', 'stall']) {
    describe(faults, () => {
      const site = siteForEach({
        link: 'ethernet',
        misbehave: [faults],
        keys: { 'remote.heartbeat_period': '1000', 'remote.heartbeat_timeout': '500' },
      });

      it('costs the host nothing but time: a good server later serves it', async () => {
        await until('a default route', 10, () => defaultRoute(site().host));
        await until('a session', 10, () => hasLogged(site().enfServer.log(), 'session-opened'));
        assert.equal(await site().canPing(), false);
        await site().enfServer.kill();
        await site().restartEnf({});
        await site().untilPing();
        site().assertServiceAlive();
      });
    });
  }

  for (const faults of ['close-before-first-byte=2', 'refuse-after-handshake=2']) {
    it(`${faults}: the third attempt succeeds`, async () => {
      const site = await Site.open({ link: 'ethernet', misbehave: [faults] });
      try {
        await site.untilOnline();
        site.assertServiceAlive();
      } finally {
        await site.close();
      }
    });
  }

  describe('empty frames', () => {
    const site = siteForAll({ link: 'ethernet', misbehave: ['length-zero=1'] }, (opened) =>
      opened.untilOnline(),
    );

    it('change nothing for the traffic between them', async () => {
      site().with(await startWebServer(site().network.enf, serviceAddress));
      await transfer(site().host, serviceAddress, 'download', 4 * 1024 * 1024);
    });
  });
});

describe('link protocols coming out of the tunnel', () => {
  const injected = `${labFolder}/injected.hex`;
  const marker = udpToHost(serviceAddress, 40_000, 40_001, 'marker');
  const site = siteForEach({ link: 'ethernet', misbehave: [`inject=${injected}`] }, (opened) =>
    opened.untilOnline(),
  );

  before(async () => {
    const forged = [
      // Each of these would change the host's routes, neighbours or addresses if it arrived.
      ...[tunnelAddress, 'ff02::1'].flatMap((destination) => [
        icmpToHost('fe80::1', destination, 134, '4000000000000000 00000000'),
        icmpToHost('fe80::1', destination, 136, `20000000 ${hex('fe80::1')} 0201 0242ac1100ff`),
      ]),
      icmpToHost('fe80::1', tunnelAddress, 135, `00000000 ${hex(tunnelAddress)}`),
      icmpToHost('fe80::1', tunnelAddress, 137, `00000000 ${hex(serviceAddress).repeat(2)}`),
      icmpToHost('2001:db8:bad::1', tunnelAddress, 130, `03e80000 ${hex('ff02::16')}`),
      udpToHost('fe80::1', 547, 546, '\x07abc'),
      udpToHost('2001:db8:bad::1', 1024, 547, '\x01abc'),
      icmpToHost(tunnelAddress, tunnelAddress, 128, '00010001'),
      icmpToHost('::1', tunnelAddress, 128, '00010002'),
      marker,
    ];
    await mkdir(labFolder, { recursive: true });
    await writeFile(injected, forged.map((packet) => `${packet}\n`).join(''));
  });

  it('none of it reaches the host; ordinary packets sent with it do', async () => {
    const { host } = site();
    const routeBefore = await defaultRoute(host);
    const capture = await Capture.start(host, hostInterface, `ether src ${cardMac}`);
    // A new session makes the server inject again, now that the capture listens.
    await site().enfServer.kill();
    await site().restartEnf();
    await until('the marker', 20, () =>
      capture.packets().some(({ bytes }) => ip(bytes) === marker),
    );
    await site().untilPing();
    const frames = (await capture.stop()).map(({ bytes }) => ip(bytes));
    const forged = (await readFile(injected, 'utf8')).trim().split('\n').slice(0, -1);
    for (const packet of forged) {
      assert.ok(!frames.includes(packet), `reached the host: ${packet}`);
    }
    const routeAfter = await defaultRoute(host);
    assert.equal(routeAfter?.gateway, routeBefore?.gateway);
    assert.deepEqual(await globalAddresses(host), [tunnelAddress]);
    site().assertServiceAlive();
  });
});

function ip(frame: Uint8Array): string {
  return Buffer.from(frame.subarray(14)).toString('hex');
}

function address(text: string): Uint8Array {
  const bytes = parseIpv6(text);
  assert.ok(bytes !== undefined, text);
  return bytes;
}

function hex(addressText: string): string {
  return Buffer.from(address(addressText)).toString('hex');
}

/** An ICMPv6 message as hex, valid in everything but its coming through the tunnel. */
function icmpToHost(from: string, to: string, type: number, body: string): string {
  const pair = { source: address(from), destination: address(to) };
  const bytes = Buffer.from(body.replaceAll(' ', ''), 'hex');
  const message = encodeIcmpv6(pair, { type, code: 0, body: bytes });
  return packetHex(pair, nextHeader.icmpv6, message);
}

function udpToHost(from: string, source: number, destination: number, payload: string): string {
  const pair = { source: address(from), destination: address(tunnelAddress) };
  const datagram = {
    sourcePort: source,
    destinationPort: destination,
    payload: Buffer.from(payload),
  };
  return packetHex(pair, nextHeader.udp, encodeUdp(pair, datagram));
}

function packetHex(pair: AddressPair, protocol: number, payload: Uint8Array): string {
  const header = { ...pair, nextHeader: protocol, hopLimit: 255 };
  return Buffer.from(encodeIpv6(header, payload)).toString('hex');
}
