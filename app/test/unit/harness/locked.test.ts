/** Two builds in one checkout: one after the other, and the second says for whom it waits. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { scratchFolder } from '../platform/scratch-folder.ts';

const script = path.resolve(import.meta.dirname, '../../../setup/locked.sh');

describe('lock of a build', () => {
  const folder = scratchFolder();
  const argv = (name: string, command: string) => [
    script,
    `${folder()}/build folder`,
    name,
    'sh',
    '-c',
    command,
  ];

  it('lets one build at a time work, and reports to the other for whom it waits', async () => {
    const record = `>>'${folder()}/order'`;
    const first = spawn(
      'sh',
      argv('image', `echo begun; read -r line; sleep 0.2; echo first ${record}`),
    );
    await once(first.stdout, 'data');
    const second = spawn('sh', argv('build', `echo second ${record}`));
    const [told] = (await once(second.stderr, 'data')) as [Buffer];
    assert.match(
      String(told),
      /^"make image" \(process \d+\) is building in this checkout: waiting for its end\n$/,
    );
    first.stdin.end('go on\n');
    await once(second, 'close');
    assert.equal(readFileSync(`${folder()}/order`, 'utf8'), 'first\nsecond\n');
  });

  it('ends with its holder, and is not handed to what that leaves running', () => {
    const left = spawnSync('sh', argv('build', 'sleep 30 >/dev/null 2>&1 & echo $!'), {
      encoding: 'utf8',
    });
    try {
      const { status, stderr } = spawnSync('sh', argv('build', 'true'), {
        encoding: 'utf8',
        timeout: 20_000,
      });
      assert.equal(status, 0);
      assert.equal(stderr, '');
    } finally {
      process.kill(Number(left.stdout));
    }
  });

  it('is there already for a build that a build runs, and hands the status on', () => {
    const nested = argv('native', 'exit 7').map((word) => `'${word}'`);
    const { status } = spawnSync('sh', argv('image', `sh ${nested.join(' ')}`), {
      timeout: 20_000,
    });
    assert.equal(status, 7);
  });
});
