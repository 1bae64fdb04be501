/** What the top Makefile refuses before it does anything. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { scratchFolder } from '../platform/scratch-folder.ts';

const top = path.resolve(import.meta.dirname, '../../../..');

describe('Makefile', () => {
  const folder = scratchFolder();

  for (const name of ['a checkout', 'a:checkout', "a'checkout", 'a"checkout']) {
    it(`refuses a checkout in "${name}" at once, and says why`, () => {
      const place = path.join(folder(), name);
      mkdirSync(place);
      const argv = ['-C', place, '-f', path.join(top, 'Makefile'), 'build'];
      const { status, stderr } = spawnSync('make', argv, { encoding: 'utf8', timeout: 20_000 });
      assert.equal(status, 2);
      assert.match(stderr, /whose path has a space, a colon or a quotation mark: move it/);
      assert.ok(stderr.includes(name), stderr);
    });
  }

  it('takes any other folder', () => {
    const argv = ['-C', top, '--dry-run', 'help'];
    const { status, stderr } = spawnSync('make', argv, { encoding: 'utf8', timeout: 20_000 });
    assert.equal(status, 0, stderr);
  });
});
