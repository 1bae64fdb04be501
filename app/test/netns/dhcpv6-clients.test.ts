/** Stock DHCPv6 clients get the tunnel's address, use it, and keep it (RFC 8415). */
import assert from 'node:assert/strict';
import { hasLogged } from '../harness/logged.ts';
import { globalAddresses, hostClientKinds, startHostClient } from '../harness/host-client.ts';
import type { Program } from '../harness/process.ts';
import { hostInterface, tunnelAddress } from '../harness/topology.ts';
import { siteForAll } from './site-fixture.ts';

for (const kind of hostClientKinds) {
  describe(`${kind} on the host`, () => {
    const site = siteForAll({ link: 'ethernet', address: 'dhcp' });
    let client: Program;

    it('comes online with the address of the certificate', async () => {
      const { host } = site();
      assert.deepEqual(await globalAddresses(host), []);
      client = site().with(await startHostClient(host, kind));
      await client.until('the address', 30, async () =>
        (await globalAddresses(host)).includes(tunnelAddress),
      );
      assert.deepEqual(await globalAddresses(host), [tunnelAddress]);
      await site().untilPing();
    });

    it('gets the same address again after it has been ended', async () => {
      const { host } = site();
      await client.kill();
      await host.ip([`addr flush dev ${hostInterface} scope global`], '-6');
      assert.deepEqual(await globalAddresses(host), []);
      const again = site().with(await startHostClient(host, kind));
      await again.until('the address', 30, async () =>
        (await globalAddresses(host)).includes(tunnelAddress),
      );
      await site().untilPing();
      site().assertServiceAlive();
    });
  });
}

describe('another host in place of the first, with no change of carrier', () => {
  const site = siteForAll({ link: 'ethernet', address: 'dhcp' });

  it('is served at once: other MAC, other client identifier', async () => {
    const { host } = site();
    const first = site().with(await startHostClient(host, 'networkd'));
    await first.until('the address', 30, async () =>
      (await globalAddresses(host)).includes(tunnelAddress),
    );
    await site().untilPing();
    await first.kill();
    await host.ip([
      `addr flush dev ${hostInterface} scope global`,
      `link set ${hostInterface} address 02:42:ac:11:00:78`,
    ]);
    assert.deepEqual(await globalAddresses(host), []);
    const second = site().with(await startHostClient(host, 'networkd'));
    await second.until('the address', 30, async () =>
      (await globalAddresses(host)).includes(tunnelAddress),
    );
    await site().untilPing(5);
    assert.ok(!hasLogged(site().enftun.log(), 'link-disconnected'));
  });
});

describe('dhclient with its lease', () => {
  const site = siteForAll({ link: 'ethernet', address: 'dhcp' });

  it('gets lifetimes of 4 and 8 hours and our renewal times', async () => {
    const { host } = site();
    const client = site().with(await startHostClient(host, 'dhclient'));
    interface Entry {
      readonly addr_info: readonly {
        readonly local?: string;
        readonly preferred_life_time: number;
        readonly valid_life_time: number;
      }[];
    }
    const lease = await client.until('a lease', 30, async () => {
      const entries = await host.ipJson<Entry>('-6 address show scope global');
      return entries.flatMap((e) => e.addr_info).find((a) => a.local === tunnelAddress);
    });
    assert.ok(lease.preferred_life_time > 14_300 && lease.preferred_life_time <= 14_400);
    assert.ok(lease.valid_life_time > 28_700 && lease.valid_life_time <= 28_800);
  });
});
