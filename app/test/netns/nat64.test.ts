/**
 * A network with IPv6 alone and a NAT64 translator, and a server of which only an IPv4 address is configured. The
 * server itself listens at the address that a translator would have for it.
 */
import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { logFile, script } from '../harness/paths.ts';
import { cardAddresses, routerAddresses } from '../harness/topology.ts';
import { otherConnection, uplinkConnection } from '../harness/uplink-connection.ts';
import { siteForEach } from './site-fixture.ts';

/** Where systemd-resolved lists the servers of the network. The lab's /run is a world of its own. */
const resolvedFile = '/run/systemd/resolve/resolv.conf';
/** Of the translator, and in it 192.0.0.170 and the server, 192.0.2.2. */
const prefix = '2001:db8:64::';
const wellKnown = `${prefix}c000:aa`;
const translated = `${prefix}c000:202`;

describe('a server with an IPv4 address, on a network without IPv4', () => {
  const site = siteForEach({ link: 'ethernet', underlay: 'ipv4' }, async ({ network }) => {
    await network.card.ip([`addr del ${cardAddresses.ipv4}/24 dev wan`]);
    await network.card.ip([`route add ${prefix}/96 via ${routerAddresses.ipv6}`], '-6');
    await network.enf.ip([`addr add ${translated}/128 dev wan nodad`]);
    await mkdir(path.dirname(resolvedFile), { recursive: true });
    await writeFile(resolvedFile, `nameserver ${routerAddresses.ipv6}\n`);
  });
  afterEach(() => rm(resolvedFile, { force: true }));

  it('is reached through NAT64, and directly once there is IPv4', async () => {
    const { card, enf } = site().network;
    await site().enftun.until('the reason', 30, () => /ENETUNREACH/.test(site().enftun.log()));
    assert.equal(await uplinkConnection(card), '');
    const command = [
      ...script('test/harness/dns-server.ts'),
      routerAddresses.ipv6,
      'ipv4only.arpa',
      wellKnown,
    ];
    site().with(enf.start('dns', command, { log: logFile('dns') }));
    await site().untilPing(90);
    const before = await uplinkConnection(card);
    assert.ok(before.includes(cardAddresses.ipv6), before);
    assert.match(site().enftun.log(), /2001:db8:64::c000:202.*\[tunnel-up\]/);

    await card.ip([`addr add ${cardAddresses.ipv4}/24 dev wan`]);
    await card.ip([`route del ${prefix}/96`], '-6');
    const after = await otherConnection(card, before, 30);
    assert.ok(after.includes(cardAddresses.ipv4), after);
    await site().untilPing(30);
  });
});
