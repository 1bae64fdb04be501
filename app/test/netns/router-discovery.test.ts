/** The kernel of the host as judge of our router advertisements and neighbour answers (RFC 4861, RFC 4191). */
import assert from 'node:assert/strict';
import { globalAddresses, routes, type RouteEntry } from '../harness/host-client.ts';
import { cardMac, hostInterface, tunnelAddress } from '../harness/topology.ts';
import { until } from '../harness/until.ts';
import { siteForAll } from './site-fixture.ts';

describe('router discovery by the host kernel', () => {
  const site = siteForAll({
    link: 'ethernet',
    address: 'dhcp',
    keys: { 'route.prefixes': '[ "default", "2607:8f80:8000::/36" ]', 'route.ra_period': '60000' },
  });
  const route = (destination: string): Promise<RouteEntry> =>
    until(`a route to ${destination}`, 15, async () =>
      (await routes(site().host)).find(({ dst }) => dst === destination),
    );

  it('sets a default route by fe80::1 with high preference and 9000 s of life', async () => {
    const found = await route('default');
    assert.equal(found.gateway, 'fe80::1');
    assert.equal(found.dev, hostInterface);
    assert.equal(found.pref, 'high');
    assert.ok((found.expires ?? 0) > 8900 && (found.expires ?? 0) <= 9000, `${found.expires} s`);
  });

  it('sets routes to our own /64 and to each prefix, for three periods', async () => {
    for (const destination of ['fd00:8f80:1::/64', '2607:8f80:8000::/36']) {
      const found = await route(destination);
      assert.equal(found.gateway, 'fe80::1');
      assert.equal(found.pref, 'high');
      assert.ok((found.expires ?? 0) > 120 && (found.expires ?? 0) <= 180, `${found.expires} s`);
    }
  });

  it('sets the interface to an MTU of 1280', async () => {
    const file = `/proc/sys/net/ipv6/conf/${hostInterface}/mtu`;
    await until('the MTU', 10, async () => {
      return (await site().host.run(['cat', file])).stdout.trim() === '1280';
    });
  });

  it('makes no address by itself: there is no prefix for autoconfiguration', async () => {
    await route('default');
    assert.deepEqual(await globalAddresses(site().host), []);
  });

  it('resolves the router to the MAC of the card and keeps it reachable', async () => {
    await site().host.run(['ping', '-6', '-n', '-c', '2', '-i', '0.2', `fe80::1%${hostInterface}`]);
    interface Neighbour {
      readonly dst: string;
      readonly lladdr?: string;
      readonly router?: null;
    }
    const entries = await site().host.ipJson<Neighbour>(`-6 neighbour show dev ${hostInterface}`);
    const router = entries.find(({ dst }) => dst === 'fe80::1');
    assert.equal(router?.lladdr, cardMac);
    assert.ok(router !== undefined && 'router' in router, 'the kernel has it as a router');
  });

  it('lets the host finish duplicate address detection for its tunnel address', async () => {
    const { host } = site();
    // The setting applies to the next address; with it the kernel sends a neighbour solicitation from ::.
    await host.settings({ [`ipv6/conf/${hostInterface}/accept_dad`]: 1 });
    assert.deepEqual(await globalAddresses(host), []);
    await host.ip([`addr add ${tunnelAddress}/128 dev ${hostInterface}`]);
    await until('an address that is no longer tentative', 10, async () =>
      (await globalAddresses(host)).includes(tunnelAddress),
    );
  });
});

describe('rdisc6 and ndisc6', () => {
  const site = siteForAll({ link: 'ethernet', address: 'dhcp' });

  it('rdisc6 is answered with what the host needs', async () => {
    const { stdout } = await site().host.run(['rdisc6', '-1', '-r', '20', hostInterface]);
    assert.match(stdout, /Stateful address conf\. *: +Yes/);
    assert.match(stdout, /Router preference *: +high/);
    assert.match(stdout, /Router lifetime *: +9000 /);
    assert.match(stdout, /MTU *: +1280 bytes/);
    assert.match(stdout, /Route *: +fd00:8f80:1::\/64/);
    assert.match(stdout, new RegExp(`Source link-layer address: ${cardMac}`, 'i'));
    assert.match(stdout, /from fe80::1\n/);
    assert.doesNotMatch(stdout, /Prefix +: /);
  });

  it('ndisc6 gets the MAC of the card', async () => {
    const { stdout } = await site().host.run([
      'ndisc6',
      '-1',
      '-r',
      '20',
      'fe80::1',
      hostInterface,
    ]);
    assert.match(stdout, new RegExp(`Target link-layer address: ${cardMac}`, 'i'));
  });

  it('ndisc6 for the address of the host itself gets no answer', async () => {
    const { status } = await site().host.run(
      ['ndisc6', '-1', '-r', '1', '-w', '500', tunnelAddress, hostInterface],
      { mayFail: true },
    );
    assert.notEqual(status, 0);
  });
});
