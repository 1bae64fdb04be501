/** A damaged data partition: repaired at the start, and what cannot be repaired is reported, not hidden. */
import assert from 'node:assert/strict';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { CardSite, runFolder } from '../harness/qemu/card-site.ts';
import { run } from '../harness/process.ts';
import { patience, rest } from './card-fixture.ts';

const folder = path.join(runFolder, 'data-partition');
const disk = path.join(folder, 'data.qcow2');
const deadlineSeconds = 120 * patience;

/** Overwrites a part of the disk with zeros. */
async function wipe(start: number, length: number): Promise<void> {
  const raw = `${disk}.raw`;
  await run(['qemu-img', 'convert', '-f', 'qcow2', '-O', 'raw', disk, raw]);
  const file = openSync(raw, 'r+');
  writeSync(file, Buffer.alloc(length), 0, length, start);
  closeSync(file);
  await run(['qemu-img', 'convert', '-f', 'raw', '-O', 'qcow2', raw, disk]);
  rmSync(raw);
}

describe('the data partition', () => {
  let site: CardSite;
  before(async () => {
    await rest();
    site = await CardSite.prepare({ folder }, 'data');
  });
  after(() => site.machine.cutPower());

  const read = (command: string) => site.console.read(command, { deadlineSeconds });
  const mount = () => read('grep " /data " /proc/mounts');
  const log = () => read('journalctl -q -b -o cat -t card-init --no-pager');

  async function untilTunnel(): Promise<void> {
    await site.untilStarted(deadlineSeconds);
    await site.console.untilRead(
      'the tunnel',
      'systemctl show -P StatusText enftun@enf0',
      60 * patience,
      (text) => text.includes('[tunnel-up]'),
    );
  }

  async function status(): Promise<{ text: string; state: string }> {
    // Its exit status is that of the tunnel.
    const text = await read('enftun status enf0 || :');
    const json = await read('enftun status enf0 --json || :');
    const { storage } = JSON.parse(json) as { storage: { state: string } };
    return { text, state: storage.state };
  }

  async function refusalToAddWifi(): Promise<string> {
    const command = 'echo correct horse | enftun wifi add Home';
    const { status, output } = await site.console.run(command, { mayFail: true, deadlineSeconds });
    assert.equal(status, 1, output);
    return output;
  }

  // errors.md: superblock
  it('is repaired when its superblock, and its label with it, is gone', async () => {
    await wipe(1024, 1024);
    await site.powerOn(deadlineSeconds);
    await untilTunnel();
    assert.match(await mount(), /^\/dev\/\S+ \/data ext4 rw/);
    assert.match(await log(), /Superblock invalid, trying backup blocks/);
    assert.equal((await status()).state, 'kept');
  });

  // errors.md: closed-while-running
  it('says that it is closed, when the kernel finds an error in it', async () => {
    const device = (await mount()).split(' ')[0]!.replace('/dev/', '');
    await site.console.run(`echo a test >/sys/fs/ext4/${device}/trigger_fs_error`);
    const { text, state } = await status();
    assert.equal(state, 'read-only');
    assert.match(text, /Unplug the card and plug it in again/);
    assert.match(await refusalToAddWifi(), /\/data is closed after an error/);
  });

  // errors.md: marked-damaged
  it('is repaired at the next start, with that error marked in it', async () => {
    await site.reboot(deadlineSeconds);
    await untilTunnel();
    assert.match(await mount(), /^\/dev\/\S+ \/data ext4 rw/);
    assert.match(await log(), /contains a file system with errors, check forced/);
    assert.equal((await status()).state, 'kept');
    assert.doesNotMatch(await read('dmesg'), /mounting fs with errors/);
  });

  // errors.md: not-writable
  it('is copied into memory when nothing can be written to it, and the card says so', async () => {
    const id = await read('cat /etc/machine-id');
    await site.machine.cutPower();
    await site.powerOn(deadlineSeconds, { isDataProtected: true });
    await untilTunnel();
    assert.match(await mount(), / \/data tmpfs rw/);
    assert.equal(await read('cat /etc/machine-id'), id);
    assert.match(await log(), /changes of this run are lost/);
    const { text, state } = await status();
    assert.equal(state, 'memory');
    assert.match(text, /data partition cannot be used/);
    assert.match(await refusalToAddWifi(), /\/data is in memory/);
  });

  // errors.md: lost
  it('is reported as lost when nothing of it is left, and not as a card without an identity', async () => {
    await site.machine.cutPower();
    await wipe(0, 256 * 1024 * 1024);
    await site.powerOn(deadlineSeconds);
    await site.untilStarted(deadlineSeconds);
    assert.match(await mount(), / \/data tmpfs rw/);
    const { text, state } = await status();
    assert.equal(state, 'memory');
    assert.match(text, /data partition cannot be used/);
    assert.doesNotMatch(text, /provision/);
  });
});
