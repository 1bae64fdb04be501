/**
 * The life of a lease after its first hour, with stock clients whose clocks go fast: T1, T2, restarts of the service
 * in between, and the end. Each exchange is looked at on the host's cable (RFC 8415 section 18.2).
 */
import assert from 'node:assert/strict';
import type { Capture } from '../harness/capture.ts';
import {
  captureDhcpv6,
  findExchange,
  findExchanges,
  saidIn,
  statusOf,
  type Exchange,
} from '../harness/dhcpv6-talk.ts';
import {
  forgetLease,
  globalAddresses,
  hastyClientKinds,
  startHostClient,
  type HastyClientKind,
} from '../harness/host-client.ts';
import type { Program } from '../harness/process.ts';
import { hostInterface, tunnelAddress } from '../harness/topology.ts';
import { until } from '../harness/until.ts';
import type { Site } from '../harness/site.ts';
import { siteForEach } from './site-fixture.ts';

/** T1 comes after 6 s, T2 after 9.6 s, the lease ends after 24 s. */
const speed = 1200;
const success = 0;
/** An exchange takes a fraction of it. A machine that does something else may miss it, but not again and again. */
const promptMs = 100;
const attempts = 8;

interface Lease {
  readonly client: Program;
  readonly capture: Capture;
}

async function lease(site: Site, kind: HastyClientKind, options = {}): Promise<Lease> {
  await forgetLease(kind);
  const capture = await captureDhcpv6(site.host);
  const client = site.with(await startHostClient(site.host, kind, options));
  await client.until('the address', 30, () => hasAddress(site));
  return { client, capture };
}

async function hasAddress(site: Site): Promise<boolean> {
  return (await globalAddresses(site.host)).includes(tunnelAddress);
}

const isPrompt = ({ delayMs }: Exchange) => delayMs < promptMs;

function untilSaid(capture: Capture, what: string, seconds: number, kind: Kind) {
  return until(what, seconds, () => findExchange(saidIn(capture.packets()), kind));
}
type Kind = Parameters<typeof findExchange>[1];

for (const kind of hastyClientKinds) {
  describe(`the lease of ${kind}`, () => {
    const site = siteForEach({ link: 'ethernet', address: 'dhcp' });

    it('is renewed at T1', async () => {
      const { capture } = await lease(site(), kind, { speed });
      const { answer } = await untilSaid(capture, 'an answer to RENEW', 15, 'renew');
      assert.equal(statusOf(answer), success);
      assert.ok(await hasAddress(site()));
      await until('an answer at once', 30, () =>
        findExchanges(saidIn(capture.packets()), 'renew').some(isPrompt),
      );
      await site().untilPing();
    });

    it('is bound again when the service was away at T1', async () => {
      const { capture } = await lease(site(), kind, { speed });
      await site().enftun.kill();
      const asked = () => saidIn(capture.packets()).some(({ name }) => name === 'rebind');
      await until('a REBIND', 20, asked);
      site().restartCard();
      const { answer } = await untilSaid(capture, 'an answer to REBIND', 15, 'rebind');
      assert.equal(statusOf(answer), success);
      assert.ok(await hasAddress(site()));
      await site().untilPing();
    });
  });
}

// systemd-networkd keeps its lease until version 255.
for (const kind of hastyClientKinds) {
  describe(`the end of ${kind}`, () => {
    const site = siteForEach({ link: 'ethernet', address: 'dhcp' });

    it('gives the address back by RELEASE, and the next client gets it', async () => {
      const { client, capture } = await lease(site(), kind);
      await release(site(), kind, client);
      const { answer } = await untilSaid(capture, 'an answer to RELEASE', 10, 'release');
      assert.equal(statusOf(answer), success);
      await lease(site(), kind);
      await site().untilPing();
    });
  });
}

/** Each client has its own way to give up its lease. */
async function release(site: Site, kind: HastyClientKind, client: Program): Promise<void> {
  const folder = `/run/lab/${kind}`;
  switch (kind) {
    case 'dhclient': {
      const files = ['-cf', `${folder}/config`, '-lf', `${folder}/leases`, '-pf', `${folder}/pid`];
      await site.host.run(['dhclient', '-6', '-r', ...files, '-sf', '/bin/true', hostInterface]);
      return;
    }
    case 'dhcpcd':
      await client.stop('SIGALRM');
      return;
    case 'dhcp6c':
      await client.stop('SIGTERM');
  }
}

describe('CONFIRM after the cable was out for a moment', () => {
  const site = siteForEach({ link: 'ethernet', address: 'dhcp' });

  for (const kind of ['dhcpcd', 'dhclient'] as const) {
    it(`of ${kind} is answered at once, and the address stays`, async () => {
      let { client } = await lease(site(), kind);
      const exchanges: Exchange[] = [];
      while (!exchanges.some(isPrompt)) {
        assert.ok(exchanges.length < attempts, exchanges.map(({ delayMs }) => delayMs).join());
        // dhclient does not watch the cable: whatever does on its host starts it again.
        if (kind === 'dhclient') await client.kill();
        const capture = await captureDhcpv6(site().host);
        await site().network.plug(false);
        await site().network.plug(true);
        if (kind === 'dhclient') client = site().with(await startHostClient(site().host, kind));
        const exchange = await untilSaid(capture, 'an answer to CONFIRM', 20, 'confirm');
        assert.equal(statusOf(exchange.answer), success);
        exchanges.push(exchange);
        await until('the address', 10, () => hasAddress(site()));
        await site().untilPing();
        const solicits = saidIn(await capture.stop()).filter(({ name }) => name === 'solicit');
        assert.deepEqual(solicits, [], 'only the first time');
      }
    });
  }
});
