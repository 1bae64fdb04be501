/**
 * The tunnel over the sockets of a host that changes its network: its connections end with the network that they began
 * in, and the card is notified at once of what it would else notice by a heartbeat without an answer, half a minute
 * later. While they still work, the card makes the new tunnel beside the old one.
 */
import assert from 'node:assert/strict';
import {
  layHostUplink,
  laySecondHostUplink,
  lendSockets,
  lentKeys,
  routeHostBy,
} from '../harness/lent-sockets.ts';
import type { Program } from '../harness/process.ts';
import { serviceAddress } from '../harness/topology.ts';
import { bothUnderlays, siteForEach } from './site-fixture.ts';

/** Sooner than the heartbeat could have noticed: it asks 15 s after the last packet, and waits 10 s for the answer. */
const noticedSeconds = 15;

for (const underlay of bothUnderlays) {
  describe(`a host that moves, over ${underlay}`, () => {
    let lender: Program;
    const keys = { ...lentKeys, 'remote.transports': '[ "psock" ]' };
    const site = siteForEach({ link: 'ethernet', underlay, keys }, async (opened) => {
      await layHostUplink(opened.network);
      await laySecondHostUplink(opened.network);
      lender = await lendSockets(opened);
      await opened.untilOnline();
    });
    const connections = (device: string): number =>
      lender
        .log()
        .split(`"event":"connected"`)
        .filter((line) => line.includes(`"device":"${device}"`)).length;

    /** Seconds from the change to the tunnel that begins at this interface. */
    async function secondsUntil(device: string, change: () => Promise<void>): Promise<number> {
      const before = connections(device);
      const start = performance.now();
      await change();
      await lender.until(
        `a connection by ${device}`,
        noticedSeconds,
        () => connections(device) > before,
      );
      await site().untilPing(10);
      const seconds = (performance.now() - start) / 1000;
      console.log(`      ${seconds.toFixed(1)} s`);
      return seconds;
    }
    const host = () => site().network.host;
    const addresses = { ipv4: '203.0.113.1/24', ipv6: '2001:db8:3::1/64' };

    it('begins at the lan', () => assert.equal(connections('lan'), 1));

    it('goes on by the other network when its address was removed', async () => {
      await secondsUntil('wlan', () => host().ip([`addr del ${addresses[underlay]} dev lan`]));
      assert.match(lender.log(), /"event":"reset".*its address was removed/);
    });

    it('goes on by the other network when the route is gone', async () => {
      await secondsUntil('wlan', () =>
        host().ip(['route flush dev lan'], underlay === 'ipv6' ? '-6' : '-4'),
      );
      assert.match(lender.log(), /"event":"reset".*its route was removed/);
    });

    it('goes on by the other network when the cable is out, whose routes stay', async () => {
      await secondsUntil('wlan', () => site().network.enf.ip(['link set lan down']));
      assert.match(lender.log(), /"event":"reset".*no carrier/);
    });

    it('comes back as soon as there is a network again', async () => {
      await host().ip(['link del wlan']);
      await host().ip(['link set lan down']);
      await lender.until('an attempt without a way', 60, () =>
        /"event":"failed".*(?:no route there|the only route leads through the card)/.test(
          lender.log(),
        ),
      );
      // Long enough for the service to wait longer from one attempt to the next than the host needs to reach it.
      await site().enftun.until('a long wait', 60, () =>
        /next attempt in (?:[89]|\d\d)\./.test(site().enftun.log()),
      );
      await secondsUntil('lan', async () => {
        await host().ip(['link set lan up']);
        // The kernel took it away with the link, whatever the tunnel runs over.
        await host().ip([`addr replace ${addresses.ipv6} dev lan nodad`]);
        await routeHostBy(site().network, 'lan');
      });
    });

    it('moves to a better network beside the tunnel that it has', async () => {
      const pings = site().ping('-i', '0.1', '-c', '80', '-W', '1', serviceAddress);
      await secondsUntil('wlan', () => routeHostBy(site().network, 'wlan', 50));
      await site().enftun.until('the move', noticedSeconds, () =>
        /over psock.*\[tunnel-moved\]/.test(site().enftun.log()),
      );
      const { stdout } = await pings;
      console.log(`      ${/[\d.]+% packet loss/.exec(stdout)?.[0]}`);
      assert.doesNotMatch(lender.log(), /"event":"reset"/);
      assert.doesNotMatch(site().enftun.log(), /\[tunnel-up\][^]*\[tunnel-down\./);
      await site().untilPing(5);
    });
  });
}
