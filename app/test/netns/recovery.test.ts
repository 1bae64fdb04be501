/** Nothing that ends on one side may need a hand on the other. */
import assert from 'node:assert/strict';
import { defaultRoute, globalAddresses, startHostClient } from '../harness/host-client.ts';
import { logFile } from '../harness/paths.ts';
import type { Program } from '../harness/process.ts';
import type { Site } from '../harness/site.ts';
import { hostInterface, serviceAddress, tunnelAddress } from '../harness/topology.ts';
import { until } from '../harness/until.ts';
import { bothLinks, siteForEach } from './site-fixture.ts';

const online = (site: Site) => site.untilOnline();

for (const link of bothLinks) {
  describe(`recovery, link ${link}`, () => {
    const site = siteForEach({ link }, online);

    it('server killed and started again: traffic is back by itself', async () => {
      await site().enfServer.kill();
      assert.equal(await site().canPing(), false);
      await site().restartEnf();
      await site().untilPing(15);
      site().assertServiceAlive();
    });

    it('client killed with -9 and started again: the host keeps its address all the time', async () => {
      const keepsAddress = async () => {
        const addresses = await globalAddresses(site().host, site().hostDevice);
        assert.ok(
          addresses.includes(tunnelAddress),
          `the host lost its address: ${addresses.join()}`,
        );
        if (link === 'ethernet') {
          assert.equal((await defaultRoute(site().host))?.gateway, 'fe80::1');
        }
      };
      await site().enftun.kill();
      await keepsAddress();
      assert.equal(await site().canPing(), false);
      site().restartCard();
      await until('a ping through the tunnel', 15, async () => {
        await keepsAddress();
        return site().canPing();
      });
    });

    for (const [state, prepare] of [
      ['idle', () => Promise.resolve()],
      [
        'while the tunnel is down',
        async () => {
          await site().enfServer.kill();
          await until('the tunnel to be down', 10, async () => !(await site().canPing()));
        },
      ],
      [
        // errors.md: stopped
        'under load',
        () => {
          const flood = ['ping', '-6', '-q', '-f', '-s', '1200', serviceAddress];
          site().with(site().host.start('ping', flood, { log: logFile('ping') }));
          return Promise.resolve();
        },
      ],
    ] as const) {
      it(`SIGTERM ends the service within a second, status 0: ${state}`, async () => {
        const tookMs: number[] = [];
        // A machine that does something else may make it late, but not again and again.
        while (!tookMs.some((ms) => ms < 1000)) {
          assert.ok(tookMs.length < 3, `it took ${tookMs.join()} ms`);
          if (tookMs.length > 0) {
            if (!site().enfServer.isRunning) await site().restartEnf();
            site().restartCard();
            await site().untilPing();
          }
          await prepare();
          tookMs.push(await site().enftun.stop('SIGTERM', 5));
          assert.equal(await site().enftun.ended, 0);
        }
      });
    }
  });
}

describe('recovery of the cable', () => {
  let firstClient: Program;
  const site = siteForEach({ link: 'ethernet', address: 'dhcp' }, async (opened) => {
    firstClient = opened.with(await startHostClient(opened.host, 'dhclient'));
    await opened.untilOnline();
  });

  it('unplugged and plugged into a new host: it comes online', async () => {
    await firstClient.kill();
    await site().network.plug(false);
    assert.equal(await defaultRoute(site().host), undefined);
    assert.deepEqual(await globalAddresses(site().host), []);
    await site().network.plug(true);
    site().with(await startHostClient(site().host, 'dhclient'));
    await site().untilOnline();
    site().assertServiceAlive();
  });

  it('plugged into another host, with another MAC: it is served at once', async () => {
    await firstClient.kill();
    await site().network.plug(false);
    await site().host.ip([`link set ${hostInterface} address 02:42:ac:11:00:77`]);
    await site().network.plug(true);
    site().with(await startHostClient(site().host, 'dhclient'));
    await site().untilOnline();
  });
});

describe('recovery from a silent server', () => {
  const site = siteForEach(
    {
      link: 'ethernet',
      misbehave: ['no-heartbeat'],
      keys: { 'remote.heartbeat_period': '1000', 'remote.heartbeat_timeout': '500' },
    },
    online,
  );

  it('the heartbeat finds it and a new connection is made', async () => {
    const before = await connection();
    await until('another connection', 20, async () => {
      const now = await connection();
      return now !== '' && now !== before;
    });
    site().assertServiceAlive();
  });

  async function connection(): Promise<string> {
    const filter = ['state', 'established', 'dport', '=', ':443'];
    const { stdout } = await site().network.card.run(['ss', '-Htn', ...filter]);
    return stdout.trim().split(/\s+/)[2] ?? '';
  }
});
