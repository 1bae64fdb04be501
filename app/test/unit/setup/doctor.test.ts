/** `make doctor` on a machine that lacks programs: a PATH with all that the script itself needs, and no more. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const script = path.resolve(import.meta.dirname, '../../../setup/doctor.sh');
const needed = [
  'sh',
  'awk',
  'df',
  'dirname',
  'dpkg',
  'id',
  'make',
  'nproc',
  'readlink',
  'sed',
  'uname',
];

describe('make doctor', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'doctor-'));
    for (const name of needed) {
      const file = ['/usr/bin', '/bin'].map((bin) => path.join(bin, name)).find(existsSync);
      assert.ok(file !== undefined, `${name} is not on this machine`);
      symlinkSync(file, path.join(folder, name));
    }
  });
  after(() => rmSync(folder, { recursive: true }));

  it('names what is missing, with the command that helps, and counts it', () => {
    const env = { PATH: folder, MIRROR: 'http://mirror.example/debian' };
    const { status, stdout } = spawnSync('sh', [script], { env, encoding: 'utf8' });
    assert.equal(status, 1, stdout);
    assert.match(stdout, /^ok {7}make$/m);
    assert.match(stdout, /^missing {2}git\n {9}apt-get install git$/m);
    assert.match(stdout, /^missing {2}unshare\n {9}apt-get install util-linux$/m);
    assert.match(stdout, /^ok {7}Debian packages from http:\/\/mirror\.example\/debian$/m);
    const missing = stdout.match(/^missing /gm)?.length;
    assert.match(stdout, new RegExp(`lacks ${missing} of the requirements`));
  });
});
