import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readFailure, writeFailure } from '../../../src/platform/file-errno.ts';
import { readRegularFile, readRegularFileNow } from '../../../src/platform/regular-file.ts';
import { scratchFolder } from './scratch-folder.ts';

describe('reading a regular file', () => {
  const folder = scratchFolder();
  const file = (name: string): string => path.join(folder(), name);

  it('gives its bytes and mode, through a link too', async () => {
    const content = Buffer.alloc(200_000, 'enf');
    writeFileSync(file('a'), content, { mode: 0o640 });
    symlinkSync('a', file('link'));
    const read = await readRegularFile(file('link'));
    assert.ok(read.ok);
    assert.deepEqual(read.bytes, content);
    assert.equal(read.mode & 0o777, 0o640);
  });

  it('takes exactly as many bytes as it may', () => {
    writeFileSync(file('a'), 'x'.repeat(100));
    assert.equal(readRegularFileNow(file('a'), 100).ok, true);
    assert.deepEqual(readRegularFileNow(file('a'), 99), {
      ok: false,
      problem: 'is larger than 99 bytes',
    });
  });

  it('reads a file of /proc, whose size is said to be 0', () => {
    const read = readRegularFileNow('/proc/self/status');
    assert.ok(read.ok && read.bytes.includes('Name:'));
  });

  it('stops at its bound in a file whose size is said to be 0', () => {
    assert.ok(readFileSync('/proc/self/status').length > 100);
    assert.equal(readRegularFileNow('/proc/self/status', 100).ok, false);
  });

  const others: [what: string, problem: string, make: (place: string) => void][] = [
    ['a pipe', 'is not a regular file but a pipe', (place) => execFileSync('mkfifo', [place])],
    ['a folder', 'is not a regular file but a folder', (place) => mkdirSync(place)],
    ['a device', 'is not a regular file but a device', (place) => symlinkSync('/dev/zero', place)],
  ];
  for (const [what, problem, make] of others) {
    it(`refuses ${what}`, () => {
      make(file('other'));
      assert.deepEqual(readRegularFileNow(file('other')), { ok: false, problem });
    });
  }

  it('gives the error of the system for a file that is not there', async () => {
    await assert.rejects(readRegularFile(file('none')), { code: 'ENOENT' });
  });
});

describe('advice about a file', () => {
  const failure = (code: string): Error =>
    Object.assign(new Error(code), { code, errno: code === 'EMFILE' ? -24 : -2 });

  it('blames the machine where the file is right', () => {
    for (const code of ['EMFILE', 'ENFILE', 'ENOMEM', 'EIO', 'EROFS', 'ENOSPC']) {
      const { isOfMachine, advice } = readFailure(failure(code), 'put a certificate there');
      assert.equal(isOfMachine, true, code);
      assert.doesNotMatch(advice, /put a certificate there/);
      assert.equal(writeFailure(failure(code)).isOfMachine, true, code);
    }
  });

  it('says what belongs there where there is nothing', () => {
    assert.deepEqual(readFailure(failure('ENOENT'), 'put a certificate there'), {
      code: 'ENOENT',
      problem: 'cannot be read: no such file or directory',
      advice: 'put a certificate there',
      isOfMachine: false,
    });
  });

  it('never asks to create a folder for a failure of the storage', () => {
    assert.match(writeFailure(failure('EIO')).advice, /storage is failing/);
    assert.equal(writeFailure(failure('ENOENT')).advice, 'create its folder');
  });
});
