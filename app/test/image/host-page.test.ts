/** The page for the host on the booted card: started by systemd for the first visitor, as a user without rights. */
import assert from 'node:assert/strict';
import type { CardSite } from '../harness/qemu/card-site.ts';
import { tunnelAddress } from '../harness/topology.ts';
import { keepConsoleOnFailure, patience, reset, theCard } from './card-fixture.ts';

describe("the card's page", () => {
  let site: CardSite;
  before(async () => {
    site = await reset();
  });
  keepConsoleOnFailure(async () => (await theCard()).site);

  /** The first look starts a process, which takes its time on an emulated processor. */
  const look = (url: string) =>
    site.host.read(`curl -sS -m ${30 * patience} -w ' %{http_code}' '${url}'`, {
      deadlineSeconds: 40 * patience,
    });

  it('is not running before the first visitor', async () => {
    assert.equal(await site.console.read('systemctl is-active host-page.socket'), 'active');
    assert.equal(await site.console.read('systemctl is-active host-page.service || :'), 'inactive');
  });

  it('is at both of its addresses', async () => {
    for (const address of [`fe80::1%25${site.host.device}`, 'fde7:c3f9:6d0e::1']) {
      const answer = await look(`http://[${address}]/status.json`);
      assert.match(answer, / 200$/);
      assert.match(answer, /"state": "up"/);
      assert.ok(answer.includes(`"address": "${tunnelAddress}"`));
    }
    assert.match(await look('http://[fde7:c3f9:6d0e::1]/'), /Connected to the ENF[^]* 200$/);
  });

  it('has a user of its own, no capability and no sight of the keys', async () => {
    const pid = await site.console.read('systemctl show -P MainPID host-page');
    assert.equal(await site.console.read(`stat -c %U /proc/${pid}`), 'enftun-page');
    assert.match(await site.console.read(`cat /proc/${pid}/status`), /^CapBnd:\t0{16}$/m);
    const seen = await site.console.read(`ls -A /proc/${pid}/root/data 2>&1 || :`);
    assert.doesNotMatch(seen, /enftun/);
  });

  it('exposes itself little: systemd-analyze security at most 2', async () => {
    const text = await site.console.read('systemd-analyze security --no-pager host-page.service', {
      deadlineSeconds: 60 * patience,
    });
    const exposure = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(text)?.[1]);
    assert.ok(exposure <= 2, `exposure ${exposure}`);
  });

  it('leaves the card without a listening port of its own', async () => {
    assert.equal(await site.console.read('ss -Hlnt'), '');
  });

  it('enftun status on the card says the same', async () => {
    const text = await site.console.read('enftun status enf0', { deadlineSeconds: 30 * patience });
    assert.match(text, /^enf0: Connected to the ENF, for /);
  });
});
