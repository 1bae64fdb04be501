/** The program of README.md, run as it stands there, prints what is printed there. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Swtpm } from '../../testing/index.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('README.md', () => {
  it('has a program that runs', async () => {
    const text = await readFile(path.join(root, 'README.md'), 'utf8');
    const [, program, output] = /```ts\n(.*?)```.*?\n\n((?: {4}[^\n]*\n)+)/s.exec(text)!;
    // Inside the package, whose name leads to itself there.
    const folder = await mkdtemp(path.join(root, 'build', 'readme-'));
    try {
      await using swtpm = await Swtpm.start();
      const file = path.join(folder, 'example.ts');
      await writeFile(file, program!);
      const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, file], {
        env: { ...process.env, TCTI: swtpm.configuration },
      });
      assert.equal(stdout, output!.replaceAll(/^ {4}/gm, ''));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
