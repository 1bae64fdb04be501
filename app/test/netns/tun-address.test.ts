/**
 * The tunnel's address on a TUN interface while the kernel, or an operator, takes it away: it comes back by itself, and
 * the status says so as long as it cannot.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasLogged } from '../harness/logged.ts';
import { makeClient } from '../harness/credentials.ts';
import { globalAddresses } from '../harness/host-client.ts';
import { labFolder, program } from '../harness/paths.ts';
import type { Site } from '../harness/site.ts';
import { tunName, tunnelAddress } from '../harness/topology.ts';
import { until } from '../harness/until.ts';
import { uplinkConnection } from '../harness/uplink-connection.ts';
import type { StatusDocument } from '../../src/status/status-document.ts';
import { siteForEach } from './site-fixture.ts';

const folder = `${labFolder}/tun-address`;
const otherAddress = 'fd00:8f80:1::77';
const statusSocket = `${labFolder}/status`;
const table = 2097;

async function giveIdentity(address: string): Promise<void> {
  const made = `${labFolder}/identity-${address.replaceAll(':', '-')}`;
  if (!existsSync(made)) await makeClient(`${labFolder}/pki`, made, address);
  await mkdir(folder, { recursive: true });
  for (const file of ['client.crt.pem', 'client.key.pem']) {
    await copyFile(`${made}/${file}`, `${folder}/${file}`);
  }
}

describe('the address of a TUN interface', () => {
  beforeEach(() => rm(folder, { recursive: true, force: true }));
  const site = siteForEach(
    {
      link: 'tun',
      keys: {
        'identity.cert_file': `"${folder}/client.crt.pem"`,
        'identity.key_file': `"${folder}/client.key.pem"`,
        'status.socket': `"${statusSocket}"`,
      },
    },
    async (opened) => {
      await giveIdentity(tunnelAddress);
      await opened.untilOnline();
    },
  );
  const ip = (...lines: string[]) => site().network.card.ip(lines);
  const addresses = () => globalAddresses(site().network.card, tunName);
  const ipv6 = (isOn: boolean) =>
    site().network.card.settings({ [`ipv6/conf/${tunName}/disable_ipv6`]: isOn ? 0 : 1 });

  async function untilAddress(address = tunnelAddress): Promise<void> {
    await site().enftun.until(`${address} alone on the interface`, 20, async () => {
      const found = await addresses();
      return found.length === 1 && found[0] === address;
    });
  }

  /** The kernel takes the routes of an interface with its addresses; they are the operator's business. */
  async function untilOnlineAgain(): Promise<void> {
    await untilAddress();
    await site().network.card.ip([`route replace default dev ${tunName} table ${table}`], '-6');
    await site().untilPing(10);
    site().assertServiceAlive();
  }

  async function status(): Promise<StatusDocument> {
    const argv = [...program('enftun'), 'status', '--socket', statusSocket, '--json'];
    const { stdout } = await site().network.card.run(argv, { mayFail: true });
    return JSON.parse(stdout) as StatusDocument;
  }

  const cases: [what: string, disturb: (site: Site) => Promise<void>][] = [
    [
      'the interface was down',
      async () => {
        await ip(`link set ${tunName} down`);
        await until('the problem in the status', 10, async () =>
          /is down/.test((await status()).link.problem ?? ''),
        );
        await ip(`link set ${tunName} up`);
      },
    ],
    [
      'its MTU was less than IPv6 needs',
      async () => {
        await ip(`link set ${tunName} mtu 1000`);
        await ip(`link set ${tunName} mtu 1280`);
      },
    ],
    // errors.md: link-problem
    ['its addresses were flushed', () => ip(`addr flush dev ${tunName}`)],
    [
      'IPv6 was switched off on it',
      async () => {
        await ipv6(false);
        await until('the problem in the status', 10, async () => {
          const { link, state } = await status();
          return state === 'up' && link.problem?.includes(tunnelAddress) === true;
        });
        await ipv6(true);
      },
    ],
  ];
  for (const [what, disturb] of cases) {
    it(`comes back after ${what}, within one tunnel`, async () => {
      const before = await uplinkConnection(site().network.card);
      await disturb(site());
      await untilOnlineAgain();
      const { link, session } = await status();
      assert.equal(link.problem, null);
      // Without the addon everything works, too, and no test would notice.
      assert.equal(session?.tls, process.env.TLS || 'native');
      assert.equal(await uplinkConnection(site().network.card), before);
    });
  }

  // errors.md: link-down
  it('keeps an interface down that was taken down by hand, also through a reload', async () => {
    await ip(`link set ${tunName} down`);
    process.kill(site().enftun.pid, 'SIGHUP');
    await site().enftun.until('the reload', 10, () => hasLogged(site().enftun.log(), 'reloaded'));
    await sleep(500);
    const [link] = await site().network.card.ipJson<{ flags: string[] }>(`link show ${tunName}`);
    assert.ok(!link!.flags.includes('UP'), link!.flags.join());
    await ip(`link set ${tunName} up`);
    await untilOnlineAgain();
  });

  it('gives way to that of a new certificate, also when it is gone already', async () => {
    // The old one is gone and cannot be set again while the new certificate comes.
    await ipv6(false);
    await giveIdentity(otherAddress);
    process.kill(site().enftun.pid, 'SIGHUP');
    await site().enftun.until('the refusal', 20, () => hasLogged(site().enftun.log(), 'not-ready'));
    await ipv6(true);
    await untilAddress(otherAddress);
    await until('a tunnel', 20, async () => (await status()).state === 'up');
  });

  it('is not fought over as fast as two programs can', async () => {
    const took: number[] = [];
    const end = performance.now() + 6000;
    while (performance.now() < end) {
      if ((await addresses()).includes(tunnelAddress)) {
        took.push(performance.now());
        await ip(`addr del ${tunnelAddress}/128 dev ${tunName}`);
      }
      await sleep(20);
    }
    assert.ok(took.length >= 2, 'it came back while the other program was at work');
    assert.ok(took.length <= 8, `${took.length} repairs within 6 s`);
    assert.match((await status()).link.problem ?? '', /does not have the tunnel's address/);
    await untilOnlineAgain();
  });
});
