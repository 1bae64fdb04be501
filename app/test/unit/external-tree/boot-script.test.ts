/**
 * The boot script, run by U-Boot itself: its sandbox build, with a file as the eMMC. What leaves U-Boot is replaced by
 * words. U_BOOT_SANDBOX names the program (in U-Boot's sources: make sandbox_defconfig u-boot NO_SDL=1).
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { read } from './tree.ts';

const sandbox = process.env.U_BOOT_SANDBOX;
const sector = 512;
const slotSectors = 8192;

describe('external tree: boot script', () => {
  if (sandbox === undefined || !existsSync(sandbox)) {
    it.skip('chooses a slot (U_BOOT_SANDBOX names the sandbox build of U-Boot)');
    return;
  }

  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'boot-script-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** A disk with the partitions of a card; a slot that is named holds a kernel. */
  function makeDisk(filled: readonly ('A' | 'B')[]): string {
    const disk = path.join(folder, 'disk.img');
    const starts = [2048, 4096, 4096 + slotSectors, 4096 + 2 * slotSectors];
    const sizes = [2048, slotSectors, slotSectors, slotSectors];
    const table = Buffer.alloc(sector);
    starts.forEach((start, index) => {
      const entry = 446 + 16 * index;
      table[entry + 4] = index === 0 ? 0x0c : 0x83;
      table.writeUInt32LE(start, entry + 8);
      table.writeUInt32LE(sizes[index] ?? 0, entry + 12);
    });
    table.set([0x55, 0xaa], 510);
    rmSync(disk, { force: true });
    writeFileSync(disk, table);
    truncateSync(disk, (4096 + 3 * slotSectors) * sector);
    for (const [index, slot] of (['A', 'B'] as const).entries()) {
      const root = path.join(folder, `root${slot}`);
      rmSync(root, { recursive: true, force: true });
      mkdirSync(path.join(root, 'boot'), { recursive: true });
      if (filled.includes(slot)) {
        for (const name of ['zImage', 'card.dtb'])
          writeFileSync(path.join(root, 'boot', name), slot);
      }
      const image = path.join(folder, `root${slot}.ext4`);
      rmSync(image, { force: true });
      truncateSync(openAndClose(image), slotSectors * sector);
      const made = spawnSync('/usr/sbin/mke2fs', ['-q', '-t', 'ext4', '-d', root, image]);
      assert.equal(made.status, 0, made.stderr.toString());
      const target = openSync(disk, 'r+');
      writeSync(target, readFileSync(image), 0, undefined, (starts[index + 1] ?? 0) * sector);
      closeSync(target);
    }
    return disk;
  }

  function openAndClose(file: string): string {
    closeSync(openSync(file, 'w'));
    return file;
  }

  interface Start {
    readonly filled?: readonly ('A' | 'B')[];
    readonly order?: string;
    readonly left?: readonly [a: number, b: number];
    /** What happens to a kernel that was loaded; default: it takes over. */
    readonly kernel?: 'starts' | 'is refused';
  }

  /** What a start comes to: its words, in order. */
  function start({
    filled = ['A', 'B'],
    order = 'A B',
    left = [3, 3],
    kernel = 'starts',
  }: Start): string[] {
    const disk = makeDisk(filled);
    const [a, b] = left;
    const script = read('board/common/u-boot/u-boot.env')
      .replaceAll('mmc 0', 'host 0')
      .replaceAll('saveenv', 'echo word: saved ${BOOT_A_LEFT} ${BOOT_B_LEFT}')
      .replace(
        /bootz [^;\n]*/,
        kernel === 'starts' ? 'echo word: booted ${slot} from ${part} && poweroff' : 'false',
      )
      .replace(/\breset;/, 'echo word: reset;')
      .replace('ums 0 host 0', 'echo word: disk')
      .replace(/^BOOT_ORDER=.*/m, `BOOT_ORDER=${order}`)
      .replace(/^BOOT_A_LEFT=.*/m, `BOOT_A_LEFT=${a}`)
      .replace(/^BOOT_B_LEFT=.*/m, `BOOT_B_LEFT=${b}`)
      .replace(/0x21000000/, '0x1000000')
      .replace(/0x22000000/, '0x1100000');
    const environment = path.join(folder, 'environment');
    writeFileSync(
      environment,
      script
        .split('\n')
        .filter((line) => !line.startsWith('#'))
        .join('\n'),
    );
    const commands = [
      `host bind 0 ${disk}`,
      `load hostfs - 0x1200000 ${environment}`,
      'env import -t 0x1200000 ${filesize}',
      'run bootcmd',
      'poweroff',
    ].join('; ');
    const { stdout } = spawnSync(sandbox ?? '', ['-D', '-c', commands], {
      encoding: 'utf8',
      timeout: 20_000,
      cwd: folder,
    });
    const words = [...stdout.matchAll(/^word: (.*?)\r?$/gm)].map((match) => match[1] ?? '');
    assert.ok(words.length > 0, stdout);
    return words;
  }

  const rows: [string, Start, string[]][] = [
    ['takes slot A, and one of its attempts first', {}, ['saved 2 3', 'booted A from 2']],
    ['takes slot B when the order says so', { order: 'B A' }, ['saved 3 2', 'booted B from 3']],
    [
      'leaves a slot without attempts for the other',
      { left: [0, 3] },
      ['saved 0 2', 'booted B from 3'],
    ],
    ['uses up the last attempt', { left: [1, 0] }, ['saved 0 0', 'booted A from 2']],
    [
      'goes on to the other slot when one has no kernel',
      { filled: ['B'] },
      ['saved 2 3', 'saved 2 2', 'booted B from 3'],
    ],
    ['begins anew when both have used up theirs', { left: [0, 0] }, ['saved 3 3', 'reset']],
    [
      'begins anew when the only kernel has used up its attempts',
      { filled: ['A'], left: [0, 1] },
      ['saved 0 0', 'saved 3 3', 'reset'],
    ],
    [
      'begins anew when no kernel lets itself be started',
      { kernel: 'is refused' },
      ['saved 2 3', 'saved 2 2', 'saved 3 3', 'reset'],
    ],
    [
      'becomes a USB disk only when no slot holds a kernel',
      { filled: [] },
      ['saved 2 3', 'saved 2 2', 'disk'],
    ],
    ['stays a USB disk when the attempts are used up too', { filled: [], left: [0, 0] }, ['disk']],
  ];
  for (const [name, given, expected] of rows) {
    it(name, () => assert.deepEqual(start(given), expected)).timeout(60_000);
  }
});
