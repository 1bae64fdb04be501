/**
 * What the host must not notice: a service that is started again, an ENF that is away, an uplink that changes. And what
 * it must: a card that shuts down.
 */
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { captureDhcpv6, findExchange, saidIn } from '../harness/dhcpv6-talk.ts';
import {
  defaultRoute,
  forgetLease,
  globalAddresses,
  routes,
  startHostClient,
} from '../harness/host-client.ts';
import { labFolder, logFile } from '../harness/paths.ts';
import type { Program } from '../harness/process.ts';
import type { Site } from '../harness/site.ts';
import { cardAddresses, hostInterface, tunnelAddress } from '../harness/topology.ts';
import { until } from '../harness/until.ts';
import { systemStoppingFile } from '../../src/platform/system-stopping.ts';
import { siteForEach } from './site-fixture.ts';

const ownNet = 'fd00:8f80:1::/64';
/** Twice as long as the route to our /64 lives; OUTAGE_SECONDS=60 and more for the night. */
const outageSeconds = Number(process.env.OUTAGE_SECONDS ?? 25);

async function online(site: Site): Promise<void> {
  await forgetLease('dhclient');
  site.with(await startHostClient(site.host, 'dhclient'));
  await site.untilOnline();
}

/** Writes down every address and route that the host's kernel removes or replaces. */
function watch(site: Site): Program {
  const command = ['ip', '-6', 'monitor', 'address', 'route'];
  return site.with(site.host.start('monitor', command, { log: logFile('monitor') }));
}

/** The state that the host keeps, as seen now and as seen by its kernel in between. */
async function assertKept(site: Site, monitor: Program): Promise<void> {
  assert.ok((await globalAddresses(site.host)).includes(tunnelAddress));
  assert.equal((await defaultRoute(site.host))?.gateway, 'fe80::1');
  const removed = monitor
    .log()
    .split('\n')
    .filter((line) => line.startsWith('Deleted'));
  const ours = removed.filter((line) => /default|fd00:8f80:1:/.test(line));
  assert.deepEqual(ours, []);
}

describe('a host with a lease does not notice', function () {
  this.timeout((outageSeconds + 100) * 1000);
  const site = siteForEach(
    { link: 'ethernet', address: 'dhcp', keys: { 'route.ra_period': '4000' } },
    online,
  );

  it('that the service is started again', async () => {
    const monitor = watch(site());
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await site().enftun.stop(signal);
      site().restartCard();
      await site().untilPing();
    }
    await assertKept(site(), monitor);
  });

  it('that the ENF is away: routes and leases are renewed all the time', async () => {
    const monitor = watch(site());
    await site().enfServer.kill();
    // With a period of 4 s a route to our /64 lives for 12 s.
    for (let second = 0; second < outageSeconds; second++) {
      await sleep(1000);
      const route = (await routes(site().host)).find(({ dst }) => dst === ownNet);
      assert.ok((route?.expires ?? 0) > 0, `after ${second} s: ${JSON.stringify(route)}`);
    }
    assert.equal(await site().canPing(), false);
    await site().restartEnf();
    await site().untilPing(70);
    await assertKept(site(), monitor);
  });

  it('that the card has another address on its uplink', async () => {
    const monitor = watch(site());
    const { card } = site().network;
    const newAddress = '192.0.2.9';
    await card.ip([
      `addr add ${newAddress}/24 dev wan`,
      `addr del ${cardAddresses.ipv4}/24 dev wan`,
      `addr replace ${newAddress}/24 dev wan`,
    ]);
    await site().enfServer.until('a tunnel from the new address', 30, () =>
      site().enfServer.log().includes(`${newAddress}]`),
    );
    await site().untilPing();
    await assertKept(site(), monitor);
  });
});

describe('a card that shuts down', () => {
  const site = siteForEach({ link: 'ethernet', address: 'dhcp' }, online);
  afterEach(() => rm(systemStoppingFile, { force: true }));

  it('withdraws its routes; the address stays until the lease ends', async () => {
    assert.ok(await defaultRoute(site().host));
    await writeFile(systemStoppingFile, '');
    await site().enftun.stop('SIGTERM');
    await until('no route by the card', 2, async () => {
      const left = (await routes(site().host)).filter(({ gateway }) => gateway === 'fe80::1');
      return left.length === 0;
    });
    assert.deepEqual(await globalAddresses(site().host), [tunnelAddress]);
  });

  it('gives them back when it starts again', async () => {
    await writeFile(systemStoppingFile, '');
    await site().enftun.stop('SIGTERM');
    await rm(systemStoppingFile);
    site().restartCard();
    await site().untilOnline();
  });
});

describe('name servers for the host', () => {
  const site = siteForEach(
    {
      link: 'ethernet',
      address: 'dhcp',
      keys: {
        'route.dns_servers': '[ "fd00:8f80:2::53", "fd00:8f80:2::54" ]',
        'route.dns_search': '[ "enf.example", "example.net" ]',
      },
    },
    online,
  );

  it('are in the advertisements', async () => {
    const { stdout } = await site().host.run(['rdisc6', '-1', '-r', '20', hostInterface]);
    assert.match(stdout, /Stateful other conf\. *: +Yes/);
    assert.match(stdout, /Recursive DNS server *: fd00:8f80:2::53\n/);
    assert.match(stdout, /fd00:8f80:2::54/);
    assert.match(stdout, /DNS search list *: enf\.example/);
    assert.match(stdout, /DNS servers? lifetime *: +1800/);
  });

  it('are in the lease of a stock client', async () => {
    await until('a lease with them', 5, async () => {
      const lease = await readFile(`${labFolder}/dhclient/leases`, 'utf8');
      return (
        /dhcp6\.name-servers fd00:8f80:2::53,fd00:8f80:2::54;/.test(lease) &&
        /dhcp6\.domain-search "enf\.example\.", "example\.net\.";/.test(lease)
      );
    });
  });

  it('are sent to a host that only asks for information', async () => {
    const capture = await captureDhcpv6(site().host);
    await forgetLease('dhclient');
    const folder = `${labFolder}/information`;
    const files = ['-lf', `${folder}.leases`, '-pf', `${folder}.pid`, '-sf', '/bin/true'];
    await site().host.run(['dhclient', '-6', '-S', '-1', ...files, hostInterface]);
    const exchange = findExchange(saidIn(capture.packets()), 'informationRequest');
    const kinds = exchange?.answer.message.options.map(({ kind }) => kind) ?? [];
    assert.ok(kinds.includes('dns-servers') && kinds.includes('domain-list'), kinds.join());
  });
});
