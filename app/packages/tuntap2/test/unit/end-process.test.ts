/** The end of a process whose thread pool is busy. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const index = new URL('../../src/index.ts', import.meta.url);

describe('tuntap2 end of the process', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'end-process-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('does not wait for the thread pool, and keeps the status and what was printed', () => {
    const pipe = path.join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    // Opening a pipe without a writer keeps a thread of the pool without end, as a lookup without an answer does
    // for long.
    const program = `
      import { open } from 'node:fs';
      import { endProcess } from '${index.href}';
      open('${pipe}', 'r', () => undefined);
      setTimeout(() => {
        process.stdout.write('last words');
        endProcess(3);
      }, 100);`;
    const argv = ['--conditions=source', '--import=tsx', '--input-type=module', '--eval', program];
    const { status, signal, stdout } = spawnSync(process.execPath, argv, {
      timeout: 50_000,
      killSignal: 'SIGKILL',
      cwd: path.resolve(import.meta.dirname, '../..'),
    });
    assert.equal(signal, null);
    assert.equal(status, 3);
    assert.equal(stdout.toString(), 'last words');
  });
});
