import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

const app = path.resolve(import.meta.dirname, '../../..');
const program = ['--conditions=source', '--import', 'tsx', 'src/bin/enftun.ts'];

describe('program enftun', () => {
  it('ends with the status of the command line', () => {
    const { status, stderr } = spawnSync(process.execPath, [...program, '-x'], { cwd: app });
    assert.equal(status, 2);
    assert.match(stderr.toString(), /^enftun: unknown option -x\n/);
  });

  it('starts the lines of its log with a level when stderr is not a terminal', () => {
    const argv = [...program, '-c', '/nonexistent/enf0.conf'];
    const { status, stderr } = spawnSync(process.execPath, argv, { cwd: app });
    assert.equal(status, 78);
    assert.equal(
      stderr.toString(),
      '<3>/nonexistent/enf0.conf: cannot be read: no such file or directory [config-unusable]\n',
    );
  });

  it('ends at a signal while it waits for a configuration from a pipe', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'enftun-'));
    const pipe = path.join(folder, 'enf0.conf');
    execFileSync('mkfifo', [pipe]);
    const child = spawn(process.execPath, [...program, '-c', pipe], { cwd: app });
    // Opening succeeds once the program has opened its end.
    const writer = await open(pipe, 'w');
    try {
      child.kill('SIGTERM');
      const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
      assert.equal(signal, 'SIGTERM');
    } finally {
      child.kill('SIGKILL');
      await writer.close();
      rmSync(folder, { recursive: true });
    }
  });
});
