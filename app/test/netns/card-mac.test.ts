/**
 * The card's interface gets another MAC address while the service runs: the host follows, and notices a pause at most.
 */
import assert from 'node:assert/strict';
import { linesWith } from '../harness/logged.ts';
import { defaultRoute } from '../harness/host-client.ts';
import type { Site } from '../harness/site.ts';
import { cardMac, hostInterface, usbInterface } from '../harness/topology.ts';
import { until } from '../harness/until.ts';
import { uplinkConnection } from '../harness/uplink-connection.ts';
import { siteForEach } from './site-fixture.ts';

const newMac = '02:42:ac:11:00:77';

interface Neighbour {
  readonly dst: string;
  readonly lladdr?: string;
}

describe('the MAC address of the card', () => {
  const site = siteForEach({ link: 'ethernet' }, (opened) => opened.untilOnline());

  const changes: [how: string, change: (site: Site) => Promise<void>][] = [
    [
      'while the interface is up',
      ({ network }) => network.card.ip([`link set ${usbInterface} address ${newMac}`]),
    ],
    [
      'while the interface is down',
      ({ network }) =>
        network.card.ip([
          `link set ${usbInterface} down`,
          `link set ${usbInterface} address ${newMac}`,
          `link set ${usbInterface} up`,
        ]),
    ],
  ];
  for (const [how, change] of changes) {
    it(`is followed when it changes ${how}`, async () => {
      const before = await uplinkConnection(site().network.card);
      assert.equal(await routerMac(), cardMac);
      await change(site());
      await site().enftun.until('the change', 10, () =>
        linesWith(site().enftun.log(), 'link-mac-changed').some((line) => line.includes(newMac)),
      );
      await site().untilPing(10);
      assert.equal(await routerMac(), newMac);
      assert.equal((await defaultRoute(site().host))?.gateway, 'fe80::1');
      await solicitationsAreAnswered();
      assert.equal(await uplinkConnection(site().network.card), before, 'within one tunnel');
      site().assertServiceAlive();
    });
  }

  async function routerMac(): Promise<string | undefined> {
    const command = `-6 neighbour show dev ${hostInterface}`;
    return until('the MAC address of the router', 10, async () => {
      const entries = await site().host.ipJson<Neighbour>(command);
      return entries.find(({ dst }) => dst === 'fe80::1')?.lladdr;
    });
  }

  /** Asked for again, and not only announced at the change. */
  async function solicitationsAreAnswered(): Promise<void> {
    const router = await site().host.run(['rdisc6', '-1', '-r', '20', hostInterface]);
    assert.match(router.stdout, new RegExp(`Source link-layer address: ${newMac}`, 'i'));
    const command = ['ndisc6', '-1', '-r', '20', 'fe80::1', hostInterface];
    const neighbour = await site().host.run(command);
    assert.match(neighbour.stdout, new RegExp(`Target link-layer address: ${newMac}`, 'i'));
  }
});
