import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { EnvironmentError } from '../../../src/core/errors.ts';
import { replaceFile } from '../../../src/platform/atomic-file.ts';
import { scratchFolder } from './scratch-folder.ts';

describe('replacing a file', () => {
  const folder = scratchFolder();
  const file = (name: string): string => path.join(folder(), name);

  async function refusal(place: string): Promise<string> {
    let message = '';
    await assert.rejects(replaceFile(place, { content: 'new', mode: 0o644 }), (error) => {
      assert.ok(error instanceof EnvironmentError, String(error));
      message = error.message;
      return true;
    });
    return message;
  }

  it('keeps bytes as they are', async () => {
    const content = Buffer.from('fffe00808182', 'hex');
    await replaceFile(file('a'), { content, mode: 0o600 });
    assert.deepEqual(readFileSync(file('a')), content);
  });

  it('gives it mode, owner and time before it is in its place', async function () {
    if (process.getuid?.() !== 0) this.skip();
    const modified = new Date('2031-02-03T04:05:06Z');
    const owner = { uid: 12, gid: 34 };
    await replaceFile(file('a'), { content: 'x', mode: 0o4640, owner, modified });
    const { uid, gid, mode, mtimeMs } = statSync(file('a'));
    assert.deepEqual([uid, gid, mode & 0o7777], [12, 34, 0o4640]);
    assert.equal(mtimeMs, modified.getTime());
  });

  it('leaves a pipe where it is', async () => {
    execFileSync('mkfifo', [file('pipe')]);
    assert.match(await refusal(file('pipe')), /pipe: is a pipe, which is not replaced; name a/);
    assert.ok(lstatSync(file('pipe')).isFIFO());
    assert.deepEqual(readdirSync(folder()), ['pipe']);
  });

  it('neither follows a symbolic link nor replaces it', async () => {
    writeFileSync(file('victim'), 'old');
    symlinkSync('victim', file('link'));
    assert.match(await refusal(file('link')), /is a symbolic link, which is not replaced/);
    assert.equal(readFileSync(file('victim'), 'utf8'), 'old');
    assert.ok(lstatSync(file('link')).isSymbolicLink());
    symlinkSync('absent', file('dangling'));
    assert.match(await refusal(file('dangling')), /is a symbolic link/);
    assert.equal(existsSync(file('absent')), false);
  });

  it('leaves nothing behind when the owner cannot be set', function () {
    if (process.getuid?.() !== 0) this.skip();
    chownSync(folder(), 65534, 65534);
    const script = `
      const { replaceFile } = await import(process.argv[1]);
      process.setegid(65534);
      process.seteuid(65534);
      const owner = { uid: 0, gid: 0 };
      const next = { content: 'x', mode: 0o600, owner };
      await replaceFile(process.argv[2], next).catch((error) => console.log(error.message));`;
    const source = path.resolve(import.meta.dirname, '../../../src/platform/atomic-file.ts');
    const said = execFileSync(
      process.execPath,
      ['--import=tsx', '--input-type=module', '-e', script, source, file('a')],
      { encoding: 'utf8' },
    );
    assert.match(said, /a: cannot be written: operation not permitted; let the service user/);
    assert.deepEqual(readdirSync(folder()), []);
  });
});
