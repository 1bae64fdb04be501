/** The way to the server dies, or is slow, while the host sends more than it carries. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasLogged } from '../harness/logged.ts';
import { isListening } from '../harness/enf.ts';
import { layHostUplink, lendSockets, lentKeys } from '../harness/lent-sockets.ts';
import { logFile } from '../harness/paths.ts';
import type { Program } from '../harness/process.ts';
import { serviceAddress } from '../harness/topology.ts';
import { until } from '../harness/until.ts';
import { uplinkConnection } from '../harness/uplink-connection.ts';
import { siteForEach } from './site-fixture.ts';

/** Longer than any test: the load ends with the site. */
const loadSeconds = '3600';

describe('a way under a load that it cannot carry', () => {
  const site = siteForEach({ link: 'ethernet', keys: lentKeys }, async (opened) => {
    await layHostUplink(opened.network);
    await opened.untilOnline();
  });

  async function startLoad(...flags: string[]): Promise<Program> {
    const { host } = site();
    const { enf } = site().network;
    site().with(
      enf.start('iperf3', ['iperf3', '-s', '-B', serviceAddress], { log: logFile('iperf3') }),
    );
    await until('iperf3 listens', 10, () => isListening(enf, 5201));
    const client = ['iperf3', '--forceflush', '-i', '1', '-6', '-c', serviceAddress];
    const argv = [...client, '-t', loadSeconds, ...flags];
    const load = site().with(host.start('load', argv, { log: logFile('load') }));
    await until('the load', 20, () => load.log().split(' sec ').length > 3);
    return load;
  }

  async function shape(
    of: 'card' | 'host' | 'enf',
    device: string,
    rate: string,
    queue = 'latency 50ms',
  ): Promise<void> {
    const shaper = `tc qdisc add dev ${device} root tbf rate ${rate} burst 32kb ${queue}`;
    await site().network[of].run(shaper.split(' '));
  }

  for (const [transport, of, cable] of [
    ['tcp', 'card', 'wan'],
    ['psock', 'host', 'lan'],
  ] as const) {
    it(`that dies is noticed by the heartbeat over ${transport}`, async () => {
      if (transport === 'psock') {
        await lendSockets(site());
        await site().network.card.ip(['link set wan down']);
        await site().enftun.until('the tunnel over psock', 30, () =>
          /\(psock,/.test(site().enftun.log()),
        );
        await site().untilPing();
      }
      await shape(of, cable, '10mbit');
      // The network keeps seconds of what the server sends, and delivers it after the way of the card has died.
      await shape('enf', cable, '2mbit', 'limit 500kb');
      // UDP does not slow down when nothing is acknowledged.
      await startLoad('--bidir', '-u', '-l', '1200', '-b', '20M');
      const before = site().enftun.log().length;
      await site().network.enf.nft(
        `table inet wall {\nchain in {\ntype filter hook input priority 0\niifname "${cable}" drop\n}\n}`,
      );
      const start = performance.now();
      const log = () => site().enftun.log().slice(before);
      await site().enftun.until('the loss', 60, () => hasLogged(log(), 'tunnel-down'));
      console.log(`      noticed after ${((performance.now() - start) / 1000).toFixed(1)} s`);
      assert.ok(hasLogged(log(), 'tunnel-down.heartbeat-timeout'), log());
    });
  }

  it('that is slow keeps its connection, though nothing comes back for a long time', async () => {
    const before = await uplinkConnection(site().network.card);
    await shape('card', 'wan', '64kbit', 'limit 20kb');
    await startLoad('-u', '-l', '1200', '-b', '2M');
    await sleep(45_000);
    assert.equal(await uplinkConnection(site().network.card), before);
    assert.ok(!hasLogged(site().enftun.log(), 'tunnel-down'));
  });
});
