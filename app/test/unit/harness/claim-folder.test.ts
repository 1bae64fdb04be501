import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { scratchFolder } from '../platform/scratch-folder.ts';

const module = path.resolve(import.meta.dirname, '../../harness/qemu/claim-folder.ts');
const argv = ['--import', 'tsx', '--conditions=source', '--input-type=module', '--eval'];

describe('claim of a folder', function () {
  const folder = scratchFolder();
  const claim = (then: string) =>
    `const { claimFolder } = await import(${JSON.stringify(module)});` +
    `await claimFolder(${JSON.stringify(path.join(folder(), 'run'))}, 'the first');${then}`;
  const second = () =>
    spawnSync(process.execPath, [...argv, claim('')], { encoding: 'utf8', timeout: 60_000 });

  it('stands while its process lives, names it, and ends with it', async () => {
    const first = spawn(
      process.execPath,
      [...argv, claim("console.log('held');process.stdin.resume()")],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    await once(first.stdout, 'data');
    const refused = second();
    assert.notEqual(refused.status, 0);
    assert.match(refused.stderr, /a card runs in .*run \(the first, since \d{4}-.* UTC\)/);
    assert.ok(!existsSync(path.join(folder(), 'run')), 'nothing was made or removed');
    first.kill('SIGKILL');
    await once(first, 'exit');
    // The kernel ends the claim a moment after its process.
    let last = second();
    for (let attempt = 0; attempt < 20 && last.status !== 0; attempt++) last = second();
    assert.equal(last.status, 0, last.stderr);
  });

  it('is taken once by a process that asks twice', () => {
    const again = `await claimFolder(${JSON.stringify(path.join(folder(), 'run'))}, 'again');`;
    const { status, stderr } = spawnSync(process.execPath, [...argv, claim(again)], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    assert.equal(status, 0, stderr);
  });
});
