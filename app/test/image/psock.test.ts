/** The card borrows the sockets of its host: it has no network of its own here, and the host has one. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { CardSite } from '../harness/qemu/card-site.ts';
import { enfAddress } from '../harness/qemu/underlay.ts';
import { giveNetworkToHost } from '../harness/qemu/uplink-choice.ts';
import { startWebServer } from '../harness/transfer.ts';
import { keepConsoleOnFailure, patience, reset, theCard } from './card-fixture.ts';
import {
  installPsockClient,
  psockdStatus,
  psockTransfer,
  psockTransferDone,
} from './psock-client.ts';

const unitFile = path.resolve(
  import.meta.dirname,
  '../../src/programs/psock-host/system/psock-host.service',
);
const many = 4_000_000;
const some = 2_000_000;
const few = 100_000;
const unplug = 'echo >/sys/kernel/config/usb_gadget/g1/UDC';
const plug = 'ls /sys/class/udc >/sys/kernel/config/usb_gadget/g1/UDC';

describe('psock', () => {
  let site: CardSite;
  before(async () => {
    await startWebServer((await theCard()).site.underlay.enf, enfAddress);
  });
  beforeEach(async () => {
    site = await reset();
    await giveNetworkToHost(site);
    await installPsockClient(site.console);
  });
  keepConsoleOnFailure(async () => (await theCard()).site);

  const status = () => psockdStatus(site.console);
  const startHost = (words = `--allow ${enfAddress}:80`) =>
    site.host.lendSockets(words, 30 * patience);
  const move = (direction: 'down' | 'up', bytes = few) =>
    site.console.read(psockTransfer(enfAddress, direction, bytes), {
      deadlineSeconds: 90 * patience,
    });

  it('psockd has its own user and no rights, and the interface does not depend on it', async () => {
    const pid = await site.console.read('systemctl show -P MainPID psockd');
    assert.equal(await site.console.read(`stat -c %U /proc/${pid}`), 'psock');
    const process = await site.console.read(`cat /proc/${pid}/status`);
    assert.match(process, /^CapBnd:\t0+$/m);
    assert.match(process, /^Seccomp:\t2$/m);
    const security = await site.console.read('systemd-analyze security --no-pager psockd.service', {
      deadlineSeconds: 60 * patience,
    });
    const exposure = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(security)?.[1]);
    assert.ok(exposure <= 2.5, `exposure ${exposure}`);
    assert.equal(await site.console.read('systemctl show -P NFileDescriptorStore usb-gadget'), '1');
    assert.equal(
      await site.console.read('stat -c "%a %U %G" /run/psock/socket'),
      '660 psock psock',
    );
  });

  it('reports that there is no answer while psock-host does not run', async () => {
    assert.equal((await status()).host, 'silent');
    assert.equal(await move('down'), 'error EHOSTDOWN');
  });

  it('carries 4 MB down and 4 MB up', async () => {
    await startHost();
    const start = performance.now();
    assert.equal(await move('down', many), psockTransferDone(many));
    assert.equal(await move('up', many), psockTransferDone(many));
    const seconds = (performance.now() - start) / 1000;
    console.log(`      8 MB in ${seconds.toFixed(1)} s`);
    assert.deepEqual((await status()).isWindowed, true);
  });

  it('carries two at once, and one that is killed does not disturb the other', async () => {
    await startHost();
    const command =
      `${psockTransfer(enfAddress, 'down', 60_000_000)} & killed=$!; ` +
      `${psockTransfer(enfAddress, 'down', some)} >/tmp/second & sleep 6; ` +
      `kill $killed; wait; cat /tmp/second`;
    const sum = await site.console.read(command, { deadlineSeconds: 90 * patience });
    assert.equal(sum.split('\n').at(-1), psockTransferDone(some));
  });

  it('serves again after psock-host was killed and started', async () => {
    await startHost();
    assert.equal(await move('down'), psockTransferDone(few));
    await site.host.stopLending();
    assert.equal(await move('down'), 'error EHOSTDOWN');
    await startHost();
    assert.equal(await move('up'), psockTransferDone(few));
  });

  it('serves again after psockd was killed, and the Ethernet link notices nothing', async () => {
    await startHost();
    const link = () => site.console.read('cat /sys/class/net/usb0/carrier_changes');
    const before = await link();
    await site.console.run('systemctl kill -s KILL psockd');
    await site.console.untilRead('psockd', 'psockd status 2>&1 || :', 60 * patience, (text) =>
      text.startsWith('{'),
    );
    assert.equal(await move('down'), psockTransferDone(few));
    assert.equal(await link(), before);
  });

  it('ends what is under way when the cable is pulled, and serves again', async () => {
    await startHost();
    const transfer = psockTransfer(enfAddress, 'down', 60_000_000);
    const output = await site.console.read(`${transfer} & sleep 8; ${unplug}; wait`, {
      deadlineSeconds: 60 * patience,
    });
    assert.match(output, /closed|ECONNRESET|aborted/);
    assert.equal((await status()).host, 'unplugged');
    assert.equal(await move('down'), 'error ENETDOWN');
    await site.console.run(plug);
    await site.host.plugIn(20 * patience);
    await site.host.untilLending(30 * patience);
    assert.equal(await move('down'), psockTransferDone(few));
  });

  it('never goes through the card itself', async () => {
    await startHost();
    const { device } = site.host;
    await site.console.run(`ip -n host route add ${enfAddress}/32 dev ${device}`);
    assert.match(await site.host.read(`ip route get ${enfAddress}`), new RegExp(`dev ${device}`));
    assert.equal(await move('down'), psockTransferDone(few));
    assert.match(await site.host.lendingEvents(), /"event":"connected".*"device":"eth0"/);
    await site.console.run('ip -n host route del default');
    assert.equal(await move('down'), 'error ENETUNREACH');
  });

  it('needs a host program with the right to open the card, and no other right', async () => {
    const nobody = 'setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all';
    const words = `--allow ${enfAddress}:80`;
    await site.host.startPsockHost(words, nobody);
    await site.host.untilRead('its trouble', 'cat /tmp/psock-host.log', 30 * patience, (text) =>
      /"event":"trouble".*no permission for .*60-psock-host\.rules/.test(text),
    );
    await applyRule('65534');
    await site.host.untilLending(30 * patience);
    assert.equal(await move('down'), psockTransferDone(few));
  });

  /** What the udev rule does. */
  async function applyRule(group: string): Promise<void> {
    const cards = '$(grep -l 2fe0 /sys/bus/usb/devices/*/idVendor | xargs -n 1 dirname)';
    await site.host.run(
      `for card in ${cards}; do node=/dev/bus/usb/$(printf %03d/%03d $(cat $card/busnum) ` +
        `$(cat $card/devnum)); chgrp ${group} $node; chmod 660 $node; done`,
    );
  }

  it('serves in the sandbox of its unit, and says when it is stopped', async () => {
    // In place of psock-host: a group must exist where systemd looks for it, which is on the card.
    const group = await site.console.read('stat -c %g /run/psock/socket');
    const unit = readFileSync(unitFile, 'utf8')
      .replace(/^ExecStart=.*/m, `ExecStart=/usr/bin/psock-host --json --allow ${enfAddress}:80`)
      .replace(/^SupplementaryGroups=.*/m, `SupplementaryGroups=${group}`)
      // The systemd of the card runs it, but the host is where it runs.
      .replace(/^DynamicUser=/m, `RootDirectory=/mnt\nNetworkNamespacePath=/run/netns/host\n$&`);
    await site.console.writeFile('/run/systemd/system/psock-host.service', unit);
    await applyRule(group);
    await site.console.run('systemctl daemon-reload && systemctl start psock-host', {
      deadlineSeconds: 60 * patience,
    });
    const log = 'journalctl -q -b -o cat -u psock-host';
    await site.console.untilRead('psock-host to serve', log, 60 * patience, (text) =>
      text.includes('"mode":"windowed"'),
    );
    assert.equal(await move('down'), psockTransferDone(few));
    assert.equal(await move('up'), psockTransferDone(few));
    assert.match(await site.console.read(log), /"event":"connected".*"device":"eth0"/);
    await site.console.run('systemctl stop psock-host', { deadlineSeconds: 60 * patience });
    assert.equal(await site.console.read('systemctl show -P Result psock-host'), 'success');
    assert.equal((await status()).host, 'silent');
  });

  it('connects only where the policy allows', async () => {
    await startHost('');
    assert.equal(await move('down'), 'error ENETUNREACH');
    assert.match(await site.host.lendingEvents(), /"event":"refused".*port 80 is closed/);
  });
});
