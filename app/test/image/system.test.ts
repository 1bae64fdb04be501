/** The card after its start: nothing failed, nothing open, nothing writable, no privileges. */
import assert from 'node:assert/strict';
import type { SerialConsole } from '../harness/qemu/console.ts';
import { keepConsoleOnFailure, patience, reset, theCard } from './card-fixture.ts';
import { availableMebibytes, residentMebibytes } from './memory.ts';

describe('the card after its start', () => {
  let card: SerialConsole;
  before(async () => {
    card = (await reset()).console;
  });
  keepConsoleOnFailure(async () => (await theCard()).site);

  it('has no failed unit and no ordering cycle', async () => {
    assert.equal(await card.read('systemctl --failed --plain --no-legend'), '');
    assert.equal(await card.read('systemctl is-system-running'), 'running');
    const cycles = await card.read('journalctl -b --no-pager | grep -i "ordering cycle" || :');
    assert.equal(cycles, '');
  });

  it('has an untainted kernel', async () => {
    assert.equal(await card.read('cat /proc/sys/kernel/tainted'), '0');
  });

  it('has a read-only root, and nothing else that lasts but /data', async () => {
    const failed = await card.run('touch /usr/probe /etc/probe', { mayFail: true });
    assert.notEqual(failed.status, 0);
    assert.match(failed.output, /Read-only file system/);
    const mounts = (await card.read('cat /proc/mounts')).split('\n').map((line) => line.split(' '));
    const isWritable = ([, , type = '', options = '']: string[]) =>
      type.startsWith('ext') && options.split(',').includes('rw');
    const writable = mounts.filter(isWritable).map(([, place]) => place);
    assert.deepEqual(writable.sort(), ['/data', '/var/lib/systemd', '/var/log/journal']);
    const options = mounts.find(([, place]) => place === '/data')?.[3] ?? '';
    for (const option of ['nosuid', 'nodev', 'noexec', 'noatime']) {
      assert.ok(options.split(',').includes(option), option);
    }
  });

  it('runs the service as a user with one capability, and no program of ours as root', async () => {
    const pid = await card.read('systemctl show -P MainPID enftun@enf0');
    assert.equal(await card.read(`stat -c %U /proc/${pid}`), 'enftun');
    const status = await card.read(`cat /proc/${pid}/status`);
    const netRaw = '0000000000002000';
    for (const set of ['CapEff', 'CapPrm', 'CapBnd', 'CapAmb']) {
      assert.match(status, new RegExp(`^${set}:\\t${netRaw}$`, 'm'), set);
    }
    assert.match(status, /^NoNewPrivs:\t1$/m);
    assert.match(status, /^Seccomp:\t2$/m);
    // In the words that BusyBox understands, too.
    const processes = await card.read('ps -e -o user= -o args=');
    const ours = [...processes.matchAll(/^(\S+) +(?:\{\S+\} +)?node (\S+)/gm)].map(
      ([, user, program]) => `${user} ${program}`,
    );
    assert.deepEqual(ours.sort(), ['enftun /usr/bin/enftun', 'psock /usr/bin/psockd']);
  });

  it('exposes its service little: systemd-analyze security at most 2.5', async () => {
    const text = await card.read('systemd-analyze security --no-pager enftun@enf0.service', {
      deadlineSeconds: 60 * patience,
    });
    const exposure = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(text)?.[1]);
    assert.ok(exposure <= 2.5, `exposure ${exposure}`);
  });

  it('keeps its keys for the service user alone', async () => {
    const modes = await card.read(
      'stat -c "%a %U %n" /data/enftun/enf0 /data/enftun/enf0/*.key.pem',
    );
    assert.equal(modes, '700 enftun /data/enftun/enf0\n600 enftun /data/enftun/enf0/enf0.key.pem');
  });

  it('has no program that changes its user', async () => {
    const found = await card.read('find / -xdev -perm /6000 -type f', {
      deadlineSeconds: 120 * patience,
    });
    assert.equal(found, '');
  });

  it('listens to the DHCP server of its uplink only', async () => {
    assert.equal(await card.read('ss -Hlnt'), '');
    const udp = (await card.read('ss -Hlnu')).split('\n');
    assert.equal(udp.length, 1);
    assert.match(udp[0] ?? '', /:68\s/);
  });

  it('finds the packet size of a path that loses large packets without a word', async () => {
    assert.equal(await card.read('cat /proc/sys/net/ipv4/tcp_mtu_probing'), '1');
  });

  it('keeps its kernel silent towards the host', async () => {
    assert.equal(await card.read('cat /proc/sys/net/ipv6/conf/usb0/disable_ipv6'), '1');
    assert.equal(await card.read('ip -o address show dev usb0'), '');
    assert.match(await card.read('ip -o link show dev usb0'), /NOARP/);
    assert.match(await card.read('nft list table netdev card_usb0'), /device "usb0".*policy drop/);
  });

  it('has a machine id of its own, kept in /data', async () => {
    const id = await card.read('cat /etc/machine-id');
    assert.match(id, /^[0-9a-f]{32}$/);
    assert.equal(await card.read('cat /data/system/machine-id'), id);
  });

  it('stays within its memory', async () => {
    const resident = await residentMebibytes(card);
    const available = await availableMebibytes(card);
    console.log(
      `      256 MB: service ${resident.toFixed(0)} MiB resident, ${available.toFixed(0)} MiB available`,
    );
    assert.ok(resident <= 90, `${resident} MiB`);
    assert.ok(available >= 120, `${available} MiB`);
  });

  it('is online in bounded time', async () => {
    const { secondsToFirstPing } = await theCard();
    console.log(`      power-on to the host's first ping: ${secondsToFirstPing.toFixed(1)} s`);
    assert.ok(secondsToFirstPing < 150 * patience);
  });
});
