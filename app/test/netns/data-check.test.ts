/** What is done to the file system of /data before it is mounted, on images of such file systems. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { labFolder } from '../harness/paths.ts';

const script = path.resolve(import.meta.dirname, '../../../overlay/usr/lib/card/check-data');
const folder = `${labFolder}/data-check`;
const image = `${folder}/data`;
const env = { PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };

const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'ignore'] });

function repair(file = image) {
  const { status, stdout, stderr } = spawnSync(script, ['repair', file], { encoding: 'utf8', env });
  return { status, output: stdout + stderr };
}

function wipe(start: number, length: number): void {
  const file = openSync(image, 'r+');
  writeSync(file, Buffer.alloc(length, 0x5a), 0, length, start);
  closeSync(file);
}

describe('check of the data partition', () => {
  // As the quick image makes it, and as the image of a card.
  for (const [kind, blockSize, features] of [
    ['1 KiB', 1024, '64bit'],
    ['4 KiB', 4096, '^64bit'],
  ] as const) {
    describe(`with blocks of ${kind}`, () => {
      beforeEach(() => {
        rmSync(folder, { recursive: true, force: true });
        mkdirSync(`${folder}/files/enftun`, { recursive: true });
        writeFileSync(`${folder}/files/enftun/key`, 'the key');
        run('truncate', '-s', '256M', image);
        const format = ['-b', String(blockSize), '-O', features, '-L', 'data'];
        run('mke2fs', '-q', '-t', 'ext4', ...format, '-d', `${folder}/files`, image);
      });

      const state = () => /Filesystem state: +(.*)/.exec(run('dumpe2fs', '-h', image))?.[1];
      const key = () => run('debugfs', '-R', 'cat /enftun/key', image);

      it('says nothing of a good one', () => {
        assert.deepEqual(repair(), { status: 0, output: '' });
      });

      it('repairs one with the mark of an error', () => {
        run('debugfs', '-w', '-R', 'set_super_value state 2', image);
        assert.equal(state(), 'not clean with errors');
        const { status, output } = repair();
        assert.equal(status, 0);
        assert.match(output, /contains a file system with errors, check forced/);
        assert.equal(state(), 'clean');
        assert.deepEqual(repair(), { status: 0, output: '' });
      });

      it('repairs one without a superblock', () => {
        wipe(1024, 1024);
        const { status, output } = repair();
        assert.equal(status, 0, output);
        assert.match(output, /repairing everything that can be repaired/);
        assert.equal(state(), 'clean');
        assert.equal(key(), 'the key');
      });

      it('repairs one whose first 32 KiB are another thing', () => {
        wipe(0, 32 * 1024);
        const { status, output } = repair();
        assert.equal(status, 0, output);
        assert.equal(state(), 'clean');
      });

      it('repairs what e2fsck does not dare without a question', () => {
        run('debugfs', '-w', '-R', 'set_inode_field /enftun mode 0100644', image);
        run('debugfs', '-w', '-R', 'set_super_value state 2', image);
        const { status, output } = repair();
        assert.equal(status, 0, output);
        assert.match(output, /UNEXPECTED INCONSISTENCY/);
        assert.equal(state(), 'clean');
      });
    });
  }

  it('gives up what is none, in bounded words', () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(image, Buffer.alloc(1024 * 1024, 0x5a));
    const { status, output } = repair();
    assert.equal(status, 1);
    assert.ok(output.length < 4000, output);
    assert.equal(repair(`${folder}/none`).status, 1);
  });
});
