/** The errors that the host gets when its packets cannot go into the tunnel (RFC 4443). */
import assert from 'node:assert/strict';
import { cardMac, hostInterface, serviceAddress, tunnelAddress } from '../harness/topology.ts';
import { startWebServer, transfer } from '../harness/transfer.ts';
import { until } from '../harness/until.ts';
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

    it('gets Packet Too Big with MTU 1280 by fe80::1, and obeys', async () => {
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

  it('gets Destination Unreachable, failed policy', async () => {
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

describe('echo on the link of the host', () => {
  const site = siteForAll({ link: 'ethernet' }, async (opened) => {
    await opened.untilOnline();
    // For want of a neighbour that would name it, the host gets the answer that the card has this address too.
    await opened.host.ip([`neigh add fe80::5 lladdr ${cardMac} dev ${hostInterface}`], '-6');
  });
  /** Who answers: without -L the host would answer itself in a group. */
  const answers = async (address: string): Promise<string[]> => {
    const argv = ['-c', '3', '-i', '0.2', '-W', '2', ...(address.startsWith('ff') ? ['-L'] : [])];
    const { stdout } = await site().ping(...argv, `${address}%${hostInterface}`);
    return [...new Set([...stdout.matchAll(/bytes from ([0-9a-f:]+)%/g)].map(([, from]) => from!))];
  };

  for (const address of ['fe80::1', 'ff02::1', 'ff02::2']) {
    it(`to ${address} is answered from fe80::1`, async () => {
      assert.deepEqual(await answers(address), ['fe80::1']);
    });
  }
  it('of 2000 bytes, which takes two fragments, is answered, and of 3000 is not', async () => {
    for (const [bytes, received] of [
      ['2000', 3],
      ['3000', 0],
    ] as const) {
      const argv = ['-c', '3', '-i', '0.2', '-W', '2', '-s', bytes, `fe80::1%${hostInterface}`];
      const { stdout } = await site().ping(...argv);
      assert.match(stdout, new RegExp(` ${received} received`));
    }
  });

  for (const address of ['fe80::5', 'ff02::5', 'ff02::1:2']) {
    it(`to ${address}, which the card is not, gets no answer`, async () => {
      assert.deepEqual(await answers(address), []);
      assert.deepEqual(await answers('fe80::1'), ['fe80::1'], 'it still listens');
    });
  }
});

describe('while the tunnel is down', () => {
  const site = siteForEach({ link: 'ethernet' }, (opened) => opened.untilOnline());

  it('the host gets Destination Unreachable, no route', async () => {
    await site().enfServer.kill();
    await until('an error from fe80::1', 15, async () => {
      const { stdout } = await site().ping('-W', '1', serviceAddress);
      return /From fe80::1.*Destination unreachable: No route/i.test(stdout);
    });
  });

  it('fe80::1 still answers echo, and router solicitations', async () => {
    await site().enfServer.kill();
    assert.equal((await site().ping('-W', '20', `fe80::1%${hostInterface}`)).status, 0);
    await site().host.run(['rdisc6', '-1', '-r', '10', hostInterface]);
  });
});
