/**
 * The USB gadget recreated while the card runs: it comes back whole, and never with the card's kernel showing on it.
 */
import assert from 'node:assert/strict';
import type { CardSite } from '../harness/qemu/card-site.ts';
import { enfAddress } from '../harness/qemu/underlay.ts';
import { giveNetworkToHost } from '../harness/qemu/uplink-choice.ts';
import { startWebServer } from '../harness/transfer.ts';
import { keepConsoleOnFailure, patience, reset, theCard } from './card-fixture.ts';
import { installPsockClient, psockTransfer, psockTransferDone } from './psock-client.ts';

const bytes = 100_000;
const deadlineSeconds = 120 * patience;

describe('the USB gadget', () => {
  let site: CardSite;
  before(async () => {
    await startWebServer((await theCard()).site.underlay.enf, enfAddress);
    site = await reset();
    await giveNetworkToHost(site);
    await installPsockClient(site.console);
    await site.host.lendSockets(`--allow ${enfAddress}:80`, 30 * patience);
  });
  keepConsoleOnFailure(async () => (await theCard()).site);

  const card = () => site.console;
  const events = () => site.host.lendingEvents();
  const systemctl = (words: string) => card().run(`systemctl ${words}`, { deadlineSeconds });

  /**
   * Everything that the host gets from a card that has come back. `before`: what psock-host had reported until then.
   */
  async function assertWhole(before: string): Promise<void> {
    assert.equal(await card().read('systemctl show -P NFileDescriptorStore usb-gadget'), '1');
    assert.equal(await card().read('systemctl show -P StatusText usb-gadget'), 'complete');
    await assertSilent();
    await site.host.plugIn(30 * patience);
    await site.host.untilLending(60 * patience, before);
    const sum = await card().read(psockTransfer(enfAddress, 'down', bytes), { deadlineSeconds });
    assert.equal(sum, psockTransferDone(bytes));
    await site.host.defaultRoute(60 * patience);
  }

  async function assertSilent(): Promise<void> {
    assert.equal(await card().read('cat /proc/sys/net/ipv6/conf/usb0/disable_ipv6'), '1');
    assert.equal(await card().read('ip -o address show dev usb0'), '');
    assert.match(await card().read('ip -o link show dev usb0'), /NOARP.*[<,]UP[,>]/);
    const rules = await card().read('nft list table netdev card_usb0');
    assert.match(rules, /device "usb0" priority -300; policy drop/);
  }

  it('is whole again after a restart of its unit', async () => {
    const before = await events();
    await systemctl('restart usb-gadget');
    await assertWhole(before);
    const page = `curl -sS -m ${60 * patience} 'http://[fe80::1%25${site.host.device}]/status.json'`;
    assert.match(await site.host.read(page, { deadlineSeconds }), /"name": "enf0"/);
  });

  it('is whole again after restarts of psockd alone, and of both at once', async () => {
    await systemctl('restart psockd');
    const before = await events();
    await systemctl('restart usb-gadget psockd');
    await assertWhole(before);
  });

  it('belongs to its unit while that runs', async () => {
    for (const [command, advice] of [
      ['usb-gadget create', /"systemctl restart usb-gadget\.service" recreates it/],
      ['usb-gadget destroy', /"systemctl stop usb-gadget\.service" removes it/],
    ] as const) {
      const { status, output } = await card().run(command, { mayFail: true, deadlineSeconds });
      assert.equal(status, 1, output);
      assert.match(output, advice);
    }
    assert.match(await card().read('usb-gadget status', { deadlineSeconds }), /^ffs\.psock$/m);
    await assertSilent();
  });

  it('has a silent interface when it is made by hand', async () => {
    await systemctl('stop usb-gadget');
    const { output } = await card().run('usb-gadget create', { deadlineSeconds });
    assert.match(output, /warning: without psock/);
    await assertSilent();
    const status = await card().run('usb-gadget status', { mayFail: true, deadlineSeconds });
    assert.equal(status.status, 1);
    assert.match(status.output, /^missing +psock/m);
    await card().run('usb-gadget destroy', { deadlineSeconds });
  });

  it('has a silent interface however it was made, and is whole again when its unit is started', async () => {
    const folder = '/sys/kernel/config/usb_gadget/hand';
    const make =
      `mkdir ${folder} && cd ${folder} && mkdir configs/c.1 functions/ncm.usb0 && ` +
      'ln -s functions/ncm.usb0 configs/c.1 && ls /sys/class/udc >UDC';
    await card().run(`(${make})`);
    await card().untilRead(
      'udev to silence it',
      'ip -o link show dev usb0',
      60 * patience,
      (text) => text.includes('NOARP') && /[<,]UP[,>]/.test(text),
    );
    await assertSilent();
    const remove =
      `cd ${folder} && echo >UDC; rm configs/c.1/ncm.usb0 && rmdir configs/c.1 functions/ncm.usb0 && ` +
      `cd / && rmdir ${folder}`;
    await card().run(`(${remove})`);
    const before = await events();
    await systemctl('start usb-gadget');
    await assertWhole(before);
  });
});
