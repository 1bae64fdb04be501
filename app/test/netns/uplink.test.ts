/** The uplink changes under the tunnel: routes, addresses, names. The tunnel follows, and only when it must. */
import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasLogged } from '../harness/logged.ts';
import { logFile, script } from '../harness/paths.ts';
import type { Site } from '../harness/site.ts';
import { cardAddresses, routerAddresses } from '../harness/topology.ts';
import { otherConnection, uplinkConnection } from '../harness/uplink-connection.ts';
import { bothUnderlays, siteForEach } from './site-fixture.ts';

const online = (site: Site) => site.untilOnline();
const second = { ipv4: '192.0.2.9', ipv6: '2001:db8:1::9' } as const;
/** Where systemd-resolved lists the servers behind its own. The lab's /run is a world of its own. */
const resolvedFile = '/run/systemd/resolve/resolv.conf';
const width = { ipv4: [24, 32], ipv6: [64, 128] } as const;

for (const underlay of bothUnderlays) {
  describe(`uplink over ${underlay}`, () => {
    const site = siteForEach({ link: 'ethernet', underlay }, online);
    const card = () => site().network.card;
    const [net, host] = width[underlay];
    const server = routerAddresses[underlay];
    // The kernel refuses a tentative address as the source of a route.
    const atOnce = underlay === 'ipv6' ? 'nodad' : '';
    const addSecond = () => card().ip([`addr add ${second[underlay]}/${net} dev wan ${atOnce}`]);

    it('changes that do not concern the way to the server leave the connection alone', async () => {
      const before = await uplinkConnection(card());
      assert.ok(before.includes(cardAddresses[underlay]), before);
      await card().ip([
        'link add spare type veth peer name spare-far',
        'link set spare up',
        'addr add 198.51.100.1/24 dev spare',
        'route add 203.0.113.0/24 via 198.51.100.2',
      ]);
      await card().ip(['addr add 2001:db8:9::1/64 dev spare nodad'], '-6');
      await sleep(1500);
      assert.equal(await uplinkConnection(card()), before);
      await site().untilPing();
    });

    it('a way that begins at another address gets a new connection at once', async () => {
      const before = await uplinkConnection(card());
      await addSecond();
      await card().ip([`route add ${server}/${host} dev wan src ${second[underlay]}`]);
      const after = await otherConnection(card(), before, 3);
      assert.ok(after.includes(second[underlay]), after);
      await site().untilPing(3);
      assert.ok(hasLogged(site().enftun.log(), 'tunnel-down.route-changed'));
    });

    it('a storm of changes costs neither the connection nor the service', async () => {
      const before = await uplinkConnection(card());
      await card().ip(['link add spare type veth peer name spare-far', 'link set spare up']);
      await card().ip(['addr add 198.51.100.1/24 dev spare']);
      const routes = Array.from({ length: 20_000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`);
      for (const change of ['add', 'del']) {
        await card().ip(routes.map((route) => `route ${change} ${route} dev spare`));
      }
      await site().untilPing(5);
      assert.equal(await uplinkConnection(card()), before);
      site().assertServiceAlive();
    });

    it('an uplink that goes and comes back brings the tunnel back, and says what was wrong', async () => {
      await card().ip(['link set wan down']);
      await site().enftun.until('the cause', 5, () =>
        /(ENETUNREACH|EADDRNOTAVAIL|EHOSTUNREACH|no route).*\[tunnel-down\./.test(
          site().enftun.log(),
        ),
      );
      assert.equal(await site().canPing(), false);
      await sleep(3000); // well into the back-off, which the change ends
      await card().ip(['link set wan up']);
      if (underlay === 'ipv6') {
        // The kernel drops IPv6 addresses with the link.
        await card().ip([`addr add ${cardAddresses.ipv6}/${net} dev wan nodad`]);
      }
      await site().untilPing(8);
    });
  });
}

describe('names of servers', () => {
  for (const mode of ['', 'truncate']) {
    describe(mode === '' ? 'over UDP' : 'over TCP after a truncated answer', () => {
      // On a TUN with the default policy every packet without the mark would go into the tunnel.
      const site = siteForEach({
        link: 'tun',
        underlay: 'ipv6',
        keys: {
          'remote.hosts': '[ "enf.example" ]',
          'remote.dns_servers': `[ "2001:db8:1::77", "${routerAddresses.ipv6}" ]`,
        },
      });

      it('are resolved over marked sockets, past a server that is not there', async () => {
        const { enf } = site().network;
        const argv = [...script('test/harness/dns-server.ts'), routerAddresses.ipv6, 'enf.example'];
        const dns = enf.start('dns', [...argv, routerAddresses.ipv6, mode], {
          log: logFile('dns'),
        });
        site().with(dns);
        await site().enftun.until('the tunnel', 30, () =>
          hasLogged(site().enftun.log(), 'tunnel-up'),
        );
        await site().untilPing();
        assert.match(dns.log(), mode === '' ? /udp AAAA enf\.example/ : /tcp AAAA enf\.example/);
        // Once more, with the tunnel's routes in force.
        await site().enfServer.kill();
        await site().restartEnf();
        await site().untilPing(20);
      });
    });
  }

  describe('at a link-local server that systemd-resolved names with the index of the interface', () => {
    const name = 'enf.example';
    const resolver = 'fe80::53';
    const keys = { 'remote.hosts': `[ "${name}" ]` };
    const site = siteForEach({ link: 'tun', underlay: 'ipv6', keys }, async ({ network }) => {
      await network.enf.ip([`addr add ${resolver}/64 dev wan nodad`]);
      const [wan] = await network.card.ipJson<{ ifindex: number }>('link show wan');
      await mkdir(path.dirname(resolvedFile), { recursive: true });
      await writeFile(resolvedFile, `nameserver ${resolver}%${wan?.ifindex}\n`);
    });
    afterEach(() => rm(resolvedFile));

    it('are resolved', async () => {
      const command = [
        ...script('test/harness/dns-server.ts'),
        `${resolver}%wan`,
        name,
        routerAddresses.ipv6,
      ];
      site().with(site().network.enf.start('dns', command, { log: logFile('dns') }));
      await site().untilPing(60);
    });
  });

  describe('that cannot be resolved', () => {
    const site = siteForEach({
      link: 'ethernet',
      keys: {
        'remote.hosts': '[ "enf.example" ]',
        'remote.dns_servers': '[ "192.0.2.77" ]',
      },
    });

    it('are logged with the servers asked and what to do', async () => {
      const expected =
        /enf\.example: .*192\.0\.2\.77.*; check DNS, or put an address into remote\.hosts/;
      await site().enftun.until('the message', 8, () => expected.test(site().enftun.log()));
      site().assertServiceAlive();
    });
  });
});
