/**
 * A card that is given another identity while its host is online. The host keeps its default route all the time; the
 * route of the old /64 is taken back at once; the old address leaves with the next DHCPv6 exchange, which is at T1, or
 * at once when the cable was out.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { linesWith } from '../harness/logged.ts';
import { makeClient } from '../harness/credentials.ts';
import { captureDhcpv6, findExchange, saidIn, statusOf } from '../harness/dhcpv6-talk.ts';
import {
  defaultRoute,
  forgetLease,
  globalAddresses,
  hastyClientKinds,
  hostClientKinds,
  routes,
  startHostClient,
  type HostClientKind,
} from '../harness/host-client.ts';
import { labFolder } from '../harness/paths.ts';
import type { Program } from '../harness/process.ts';
import type { Site } from '../harness/site.ts';
import { hostInterface, serviceAddress, tunName, tunnelAddress } from '../harness/topology.ts';
import { until } from '../harness/until.ts';
import { siteForEach } from './site-fixture.ts';

const newAddress = 'fd00:8f80:7::99';
const [oldNet, newNet] = ['fd00:8f80:1::/64', 'fd00:8f80:7::/64'];
const folder = `${labFolder}/moving`;
const notOnLink = 4;
/** T1 comes after 6 s. */
const speed = 1200;

const options = {
  link: 'ethernet',
  address: 'dhcp',
  keys: {
    'identity.cert_file': `"${folder}/client.crt.pem"`,
    'identity.key_file': `"${folder}/client.key.pem"`,
  },
} as const;

async function prepare(site: Site): Promise<void> {
  await site.network.enf.ip([`route add ${newNet} dev ${tunName}`]);
  await giveIdentity(tunnelAddress);
  await until('the first advertisement', 15, () => defaultRoute(site.host));
}

/** Puts a certificate for this address in the place that the card's configuration names. */
async function giveIdentity(address: string): Promise<void> {
  const made = `${labFolder}/identity-${address.replaceAll(':', '-')}`;
  if (!existsSync(made)) await makeClient(`${labFolder}/pki`, made, address);
  await mkdir(folder, { recursive: true });
  for (const file of ['client.crt.pem', 'client.key.pem']) {
    await copyFile(`${made}/${file}`, `${folder}/${file}`);
  }
}

/** The next tunnel is made with the identity that is there then. */
async function changeAddress(site: Site): Promise<void> {
  await giveIdentity(newAddress);
  await site.enfServer.kill();
  await site.restartEnf();
  await site.enftun.until('the new address', 20, () =>
    linesWith(site.enftun.log(), 'address-changed').some((line) => line.includes(newAddress)),
  );
}

async function destinations(site: Site): Promise<Set<string>> {
  return new Set((await routes(site.host)).map(({ dst }) => dst));
}

async function goOnline(site: Site, kind: HostClientKind, fast = {}): Promise<Program> {
  await forgetLease(kind);
  const client = site.with(await startHostClient(site.host, kind, fast));
  await client.until('the old address', 30, async () =>
    (await globalAddresses(site.host)).includes(tunnelAddress),
  );
  return client;
}

async function untilMoved(site: Site, seconds: number): Promise<void> {
  await until('the new address alone', seconds, async () => {
    const addresses = await globalAddresses(site.host);
    return addresses.length === 1 && addresses[0] === newAddress;
  });
  await until('a ping from the new address', 15, () => site.canPing('-I', newAddress));
}

describe('a card that gets another address', () => {
  beforeEach(() => rm(folder, { recursive: true, force: true }));
  const site = siteForEach(options, prepare);

  it('takes the route to the old /64 back, and keeps the default route all the time', async () => {
    assert.ok((await destinations(site())).has(oldNet));
    await changeAddress(site());
    await until('the new route', 5, async () => (await destinations(site())).has(newNet));
    const left = await destinations(site());
    assert.ok(!left.has(oldNet), [...left].join());
    assert.equal((await defaultRoute(site().host))?.gateway, 'fe80::1');
  });

  it('sends a host that still uses the old one: source address failed policy', async () => {
    await site().host.ip([`addr add ${tunnelAddress}/128 dev ${hostInterface} nodad`]);
    await site().untilPing();
    await changeAddress(site());
    const { stdout } = await site().ping('-I', tunnelAddress, '-W', '20', serviceAddress);
    assert.match(stdout, /From fe80::1.*(Source address failed|Unknown code 5)/i);
  });

  for (const kind of hastyClientKinds) {
    it(`is followed by ${kind} when it renews`, async () => {
      await goOnline(site(), kind, { speed });
      await changeAddress(site());
      await untilMoved(site(), 20);
    });
  }

  for (const kind of hostClientKinds) {
    it(`is followed by ${kind} when the cable was out for a moment`, async () => {
      const client = await goOnline(site(), kind);
      await changeAddress(site());
      const capture = await captureDhcpv6(site().host);
      // These two do not watch the cable: whatever does on their host starts them again, on a clean interface.
      const isBlind = kind === 'dhclient' || kind === 'dhcp6c';
      if (isBlind) {
        await client.stop('SIGTERM');
        await site().host.ip([`addr flush dev ${hostInterface} scope global`], '-6');
      }
      await site().network.carrier(false);
      await site().network.carrier(true);
      if (isBlind) site().with(await startHostClient(site().host, kind));
      await untilMoved(site(), 30);
      const confirm = findExchange(saidIn(capture.packets()), 'confirm');
      if (confirm !== undefined) assert.equal(statusOf(confirm.answer), notOnLink);
    });
  }
});
