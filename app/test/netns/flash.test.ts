/** Flashing, onto loop devices: what it refuses, and that a card keeps what lies behind the image. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { labFolder } from '../harness/paths.ts';

const script = path.resolve(import.meta.dirname, '../../../board/common/flash.sh');
const folder = `${labFolder}/flash`;
const mebibyte = 1024 * 1024;
const identity = 'the identity of this card';

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: 'utf8' }).trim();
}

/** An image with a partition table and some content: not all zero, so that a lost block shows. */
function makeImage(file: string, mebibytes: number, moreBytes = 0): Buffer {
  const image = Buffer.alloc(mebibytes * mebibyte + moreBytes, 'odd end');
  image.fill(0, 0, mebibytes * mebibyte);
  for (let offset = 512; offset + 4 <= image.length; offset += 4096) {
    image.writeUInt32LE(offset, offset);
  }
  image.set([0x55, 0xaa], 510);
  writeFileSync(file, image);
  return image;
}

describe('flash', () => {
  const image = `${folder}/emmc.img`;
  const disk = `${folder}/card`;
  let device: string;
  let content: Buffer;

  before(() => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
  });
  beforeEach(() => {
    content = makeImage(image, 8);
    writeFileSync(disk, '');
    truncateSync(disk, 16 * mebibyte);
    const card = openSync(disk, 'r+');
    writeSync(card, identity, 12 * mebibyte);
    closeSync(card);
    device = run('losetup', '--find', '--show', disk);
  });
  afterEach(() => {
    rmSync(`${image}.sha256`, { force: true });
    run('losetup', '--detach', device);
  });

  function flash(args: string[], env: Record<string, string> = { YES: '1' }) {
    const { status, stdout, stderr } = spawnSync(script, args, {
      encoding: 'utf8',
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin`, ...env },
    });
    return { status, output: `${stdout}${stderr}` };
  }

  function refusal(args: string[], env?: Record<string, string>): string {
    const before = readFileSync(disk);
    const { status, output } = flash(args, env);
    assert.equal(status, 1, output);
    assert.ok(readFileSync(disk).equals(before), 'nothing must have been written');
    return output;
  }

  it('writes, verifies, and keeps what lies behind the image', () => {
    const sum = createHash('sha256').update(content).digest('hex');
    writeFileSync(`${image}.sha256`, `${sum}  emmc.img\n`);
    const { status, output } = flash([image, device]);
    assert.equal(status, 0, output);
    assert.match(output, /what lies behind them is kept/);
    assert.match(output, new RegExp(`done: ${device} holds`));
    const written = readFileSync(disk);
    assert.ok(written.subarray(0, content.length).equals(content));
    assert.equal(
      written.toString('latin1', 12 * mebibyte, 12 * mebibyte + identity.length),
      identity,
    );
  });

  it('asks, and takes silence for no', () => {
    assert.match(refusal([image, device], {}), /no terminal to ask on/);
  });

  it('refuses a disk in use', () => {
    const place = `${folder}/mounted`;
    mkdirSync(place, { recursive: true });
    run('mke2fs', '-q', '-t', 'ext2', device);
    run('mount', device, place);
    try {
      const { status, output } = flash([image, device]);
      assert.equal(status, 1);
      assert.match(output, new RegExp(`${device} is mounted on ${place}`));
    } finally {
      run('umount', place);
    }
  });

  /** Refused while `command` runs, which says "held" when it has the disk. */
  async function refusalBeside(command: string): Promise<string> {
    const user = spawn('sh', ['-c', `${command}`], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      const [word] = (await once(user.stdout, 'data')) as [Buffer];
      assert.equal(String(word).trim(), 'held');
      return refusal([image, device]);
    } finally {
      const ended = once(user, 'exit');
      user.stdin.end();
      await ended;
    }
  }

  it('refuses a disk that is in use where this process cannot see it', async () => {
    const place = `${folder}/mounted`;
    mkdirSync(place, { recursive: true });
    run('mke2fs', '-q', '-t', 'ext2', device);
    assert.match(
      await refusalBeside(
        `exec unshare --mount sh -c 'mount -o ro ${device} ${place} && echo held && exec cat'`,
      ),
      new RegExp(
        `${device} is mounted on ${place} by process \\d+ \\(cat\\), in a mount namespace`,
      ),
    );
  });

  it('refuses a disk that another loop device shows, as a whole or in part', () => {
    const other = run('losetup', '--read-only', '--find', '--show', device);
    try {
      assert.match(refusal([image, device]), new RegExp(`${device} is in use by ${other}: detach`));
    } finally {
      run('losetup', '--detach', other);
    }
  });

  it('refuses a disk with an exclusive claim of any kind', async () => {
    const claim = `sysopen(my $d, "${device}", O_RDWR | O_EXCL) or die; $| = 1; print "held\\n"; <STDIN>`;
    assert.match(
      await refusalBeside(`exec perl -MFcntl -e '${claim}'`),
      new RegExp(`${device} is in use, the kernel does not name the user`),
    );
  });

  it('writes and verifies an image that ends within a sector', () => {
    content = makeImage(image, 8, 100);
    const { status, output } = flash([image, device]);
    assert.equal(status, 0, output);
    const written = readFileSync(disk);
    assert.ok(written.subarray(0, content.length).equals(content));
    assert.equal(written[content.length], 0, 'the rest of the sector is kept');
  });

  it('takes an image for a file, whatever its name, and leaves no file of its own', () => {
    writeFileSync(`${folder}/-x`, content);
    const sum = createHash('sha256').update(content).digest('hex');
    writeFileSync(`${folder}/-x.sha256`, `${sum}  -x\n`);
    const { status, output } = flash(['-x', device], { YES: '1', TMPDIR: `${folder}/none` });
    assert.equal(status, 0, output);
    assert.ok(readFileSync(disk).subarray(0, content.length).equals(content));
  });

  it('refuses the disk that this system runs from', function () {
    const source = run('findmnt', '--noheadings', '--output', 'SOURCE', '/');
    if (!source.startsWith('/dev/')) this.skip();
    const parent = run('lsblk', '--noheadings', '--output', 'PKNAME', source).split('\n')[0] ?? '';
    const root = parent === '' ? source : `/dev/${parent}`;
    assert.match(refusal([image, root]), /holds this system|is mounted on|not a whole disk/);
  });

  it('refuses a disk that is too small, or too large for a card', () => {
    makeImage(image, 17);
    assert.match(refusal([image, device]), /has 16 MiB, the image needs 17/);
    run('losetup', '--detach', device);
    truncateSync(disk, 33 * 1024 * mebibyte);
    device = run('losetup', '--find', '--show', disk);
    makeImage(image, 8);
    const { status, output } = flash([image, device]);
    assert.equal(status, 1);
    assert.match(output, /33 GiB, no card has that much/);
  });

  it('refuses an image that is none, is damaged, or is not there', () => {
    writeFileSync(`${image}.sha256`, `${'0'.repeat(64)}  emmc.img\n`);
    assert.match(refusal([image, device]), /is damaged/);
    rmSync(`${image}.sha256`);
    writeFileSync(image, Buffer.alloc(mebibyte));
    assert.match(refusal([image, device]), /no partition table/);
    writeFileSync(image, '');
    assert.match(refusal([image, device]), /is empty/);
    assert.match(refusal([`${folder}/none`, device]), /no image .*make xaprw001/);
  });

  it('refuses what is not a block device, and what is write-protected', () => {
    assert.match(refusal([image, disk]), /is not a block device/);
    run('losetup', '--detach', device);
    assert.match(refusal([image, device]), /is an empty drive/);
    device = run('losetup', '--read-only', '--find', '--show', disk);
    assert.match(refusal([image, device]), /is write-protected/);
  });

  it('explains itself without arguments', () => {
    const { status, output } = flash([]);
    assert.equal(status, 2);
    assert.match(output, /flash\.sh IMAGE DEVICE/);
  });

  it('notices a disk that does not keep what was written', () => {
    // A dd that writes, and then loses a byte.
    const bin = `${folder}/bin`;
    mkdirSync(bin, { recursive: true });
    const spoil = `printf X | /bin/dd of=${device} bs=1 seek=5000000 conv=notrunc,fsync 2>/dev/null`;
    const wrapper = `#!/bin/sh\n/bin/dd "$@" || exit\ncase "$*" in *conv=fsync*) ${spoil} ;; esac\n`;
    writeFileSync(`${bin}/dd`, wrapper, { mode: 0o755 });
    const PATH = `${bin}:${process.env.PATH ?? ''}:/usr/sbin:/sbin`;
    const { status, output } = flash([image, device], { YES: '1', PATH });
    assert.equal(status, 1);
    assert.match(output, /does not hold what was written to it/);
  });
});
