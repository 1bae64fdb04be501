/**
 * The card's own tunnel: provisioned while the card runs, beside that of the host, with an address of the card's own.
 */
import assert from 'node:assert/strict';
import type { CardSite } from '../harness/qemu/card-site.ts';
import { serviceAddress, tunnelAddress } from '../harness/topology.ts';
import { keepConsoleOnFailure, patience, reset, theCard } from './card-fixture.ts';
import { giveIdentity } from './identity.ts';

const controlAddress = 'fd00:8f80:1::c0de';

describe('the control tunnel of the card', () => {
  let site: CardSite;
  before(async () => {
    site = await reset();
  });
  keepConsoleOnFailure(async () => (await theCard()).site);

  it('is not there without an identity', async () => {
    assert.equal(await site.console.read('systemctl show -P ActiveState enftun@enf1'), 'inactive');
    assert.equal(await site.console.read('systemctl show -P ConditionResult enftun@enf1'), 'no');
  });

  it('comes up with an identity, as a user that may configure interfaces and nothing else', async () => {
    await giveIdentity(site, 'enf1', controlAddress);
    await site.console.run('systemctl start enftun@enf1', { deadlineSeconds: 60 * patience });
    await site.console.untilRead(
      'the control tunnel',
      'systemctl show -P StatusText enftun@enf1',
      60 * patience,
      (text) => text.includes('[tunnel-up]'),
    );
    const pid = await site.console.read('systemctl show -P MainPID enftun@enf1');
    const status = await site.console.read(`cat /proc/${pid}/status`);
    const netAdmin = '0000000000001000';
    assert.match(status, new RegExp(`^CapBnd:\\t${netAdmin}$`, 'm'));
    assert.equal(await site.console.read(`stat -c %U /proc/${pid}`), 'enftun');
  });

  it('gives the card its address, and carries what is routed into it', async () => {
    const addresses = await site.console.read('ip -6 -o address show dev enf1 scope global');
    assert.match(addresses, new RegExp(`inet6 ${controlAddress}/`));
    await site.console.run(`ip -6 route add ${serviceAddress} dev enf1`);
    const ping = `chroot /mnt ping -6 -n -c 1 -W 5 ${serviceAddress}`;
    await site.console.untilRead('an echo', ping, 30 * patience, (text) => /time=/.test(text));
    const route = await site.console.read(`ip -6 route get ${serviceAddress}`);
    assert.match(route, new RegExp(`dev enf1 .*src ${controlAddress}`));
  });

  it('leaves the traffic of the host to the other tunnel', async () => {
    await site.host.ping(serviceAddress, 30 * patience);
    const reply = await site.host.read(
      `curl -sS -m ${30 * patience} -d hello http://[${serviceAddress}]/`,
      { deadlineSeconds: 60 * patience },
    );
    assert.equal((JSON.parse(reply) as { from: string }).from, tunnelAddress);
  });

  it('goes without a trace, and without harm to the other one', async () => {
    await site.console.run('systemctl stop enftun@enf1', { deadlineSeconds: 30 * patience });
    assert.equal(await site.console.read('ls /sys/class/net | grep enf1 || :'), '');
    await site.host.ping(serviceAddress, 30 * patience);
  });
});
