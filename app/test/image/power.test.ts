/** Reboots and power cuts: the card comes back as the same one. Proves our files and their order, not the medium. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CardSite, runFolder } from '../harness/qemu/card-site.ts';
import { serviceAddress, tunnelAddress } from '../harness/topology.ts';
import { patience, rest } from './card-fixture.ts';

const powerCuts = Number(process.env.POWER_CUTS ?? 10);

interface Memory {
  readonly machineId: string;
  readonly duid: string;
  readonly address: string;
}

async function memoryOf({ console: card }: CardSite): Promise<Memory> {
  return {
    machineId: await card.read('cat /etc/machine-id'),
    duid: await card.read('cat /data/enftun/enf0/dhcp6.duid'),
    address: await card.read('cat /data/enftun/enf0/address'),
  };
}

describe('power', () => {
  let site: CardSite;
  let first: Memory;
  before(async () => {
    await rest();
    site = await CardSite.prepare({ folder: path.join(runFolder, 'power') }, 'power');
    await bringUp();
    first = await memoryOf(site);
  });
  after(() => site.machine.cutPower());

  async function bringUp(): Promise<void> {
    await site.powerOn(120 * patience);
    await untilTunnel();
  }

  async function untilTunnel(): Promise<void> {
    await site.untilStarted(120 * patience);
    await site.console.untilRead(
      'the tunnel',
      'systemctl show -P StatusText enftun@enf0',
      60 * patience,
      (text) => text.includes('[tunnel-up]'),
    );
  }

  it('a reboot keeps machine id, DUID and address, and brings the host online again', async () => {
    const savedBefore = Number(await site.console.read('date +%s'));
    await site.plugIn();
    await site.host.defaultRoute(30 * patience);
    const shutdown = await rebootWatchingRoutes();
    assert.match(
      shutdown,
      /Deleted default via fe80::1/,
      'the host was notified of the end of its router',
    );
    await untilTunnel();
    assert.deepEqual(await memoryOf(site), first);
    assert.equal(first.address, tunnelAddress);
    const floor = Number(await site.console.read('stat -c %Y /data/system/clock'));
    assert.ok(floor >= savedBefore, 'the clock floor was kept at the shutdown');
    await site.plugIn();
    await site.host.defaultRoute(30 * patience);
    await site.host.startDhclient();
    assert.equal(await site.host.globalAddress(60 * patience), tunnelAddress);
    await site.host.ping(serviceAddress, 30 * patience);
  });

  /** What the console shows until the card starts again, the host's changes of routes among it. */
  async function rebootWatchingRoutes(): Promise<string> {
    // A unit that nothing stops until all processes are killed at the end, and a way to the console that outlives the
    // login on it: the kernel's log.
    await site.console.run(
      'dmesg -n 5; systemd-run --quiet --unit route-watch -p DefaultDependencies=no ' +
        'sh -c "exec /mnt/host-exec ip -6 monitor route >/dev/kmsg"',
    );
    const from = site.console.text.length;
    await site.reboot(120 * patience);
    return site.console.text.slice(from);
  }

  for (let cut = 1; cut <= powerCuts; cut += 1) {
    it(`comes back after power cut ${cut} in the middle of writes`, async () => {
      site.console.send(
        'while :; do head -c 300 /dev/urandom | base64 -w 0 | systemd-cat -t noise; ' +
          'head -c 100000 /dev/urandom >/data/system/noise.new; sync; ' +
          'mv /data/system/noise.new /data/system/noise; ' +
          'systemctl restart enftun@enf0; done',
      );
      await sleep(2000 + Math.random() * 8000);
      await site.machine.cutPower();
      await bringUp();
      assert.deepEqual(await memoryOf(site), first);
      assert.match(
        await site.console.read('grep " /data " /proc/mounts'),
        /^\/dev\/\S+ \/data ext4 rw/,
      );
    });
  }
});
