/** What the host is told when its packets cannot go into the tunnel (RFC 4443). */
import assert from 'node:assert/strict';
import { hostInterface, serviceAddress, tunnelAddress } from '../../lab/topology.ts';
import { startWebServer, transfer } from '../../lab/transfer.ts';
import { until } from '../../lab/until.ts';
import { siteForAll, siteForEach } from './site-fixture.ts';

// The host ignores the MTU of the router advertisement, as a static configuration may.
const ignoresMtu = { [`ipv6/conf/${hostInterface}/accept_ra_mtu`]: 0 };

for (const usbOffload of [false, true]) {
  describe(`a host with an MTU of 1500, offload ${usbOffload ? 'on' : 'off'}`, () => {
    const options = { link: 'ethernet', hostSettings: ignoresMtu, usbOffload } as const;
    const site = siteForAll(options, async (opened) => {
      await opened.untilOnline();
      opened.with(await startWebServer(opened.network.enf, serviceAddress));
    });

    it('is told Packet Too Big with MTU 1280 by fe80::1, and obeys', async () => {
      const first = await site().ping('-M', 'do', '-s', '1400', '-W', '20', serviceAddress);
      assert.match(first.stdout, /From fe80::1.* Packet too big: mtu=1280/);
      const { stdout } = await site().host.run(['ip', '-6', 'route', 'get', serviceAddress]);
      assert.match(stdout, /mtu 1280/);
    });

    it('uploads by TCP in spite of it', async () => {
      await site().host.ip(['route flush cache'], '-6');
      await transfer(site().host, serviceAddress, 'upload', 4 * 1024 * 1024);
    });
  });
}

describe('a host with a wrong source address', () => {
  const site = siteForAll({ link: 'ethernet' }, async (opened) => {
    await opened.untilOnline();
    await opened.host.ip([`addr add fd00:8f80:1::bad/128 dev ${hostInterface} nodad`]);
  });

  it('is told Destination Unreachable, failed policy', async () => {
    // iputils has no words for code 5 in some releases.
    const unreachable =
      /From fe80::1.*Destination unreachable: (Source address failed|Unknown code 5)/i;
    const { stdout } = await site().ping('-I', 'fd00:8f80:1::bad', '-W', '20', serviceAddress);
    assert.match(stdout, unreachable);
  });

  it('still gets through with the right one', async () => {
    await until('an echo', 10, () => site().canPing('-I', tunnelAddress));
  });
});

describe('while the tunnel is down', () => {
  const site = siteForEach({ link: 'ethernet' }, (opened) => opened.untilOnline());

  it('the host is told Destination Unreachable, no route', async () => {
    await site().enfRouter.kill();
    await until('an error from fe80::1', 15, async () => {
      const { stdout } = await site().ping('-W', '1', serviceAddress);
      return /From fe80::1.*Destination unreachable: No route/i.test(stdout);
    });
  });

  it('fe80::1 still answers echo, and router solicitations', async () => {
    await site().enfRouter.kill();
    assert.equal((await site().ping('-W', '20', `fe80::1%${hostInterface}`)).status, 0);
    await site().host.run(['rdisc6', '-1', '-r', '10', hostInterface]);
  });
});
