import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

describe('README of xtt', () => {
  it('has a program that runs', () => {
    const packageFolder = path.join(import.meta.dirname, '../..');
    const text = readFileSync(path.join(packageFolder, 'README.md'), 'utf8');
    const [, program = ''] = /```ts\n([^]*?)```/.exec(text) ?? [];
    // Within the package, whose name it imports.
    const folder = mkdtempSync(path.join(packageFolder, 'test/readme-'));
    try {
      const file = path.join(folder, 'program.mts');
      writeFileSync(file, program);
      const node = ['--import=tsx', '--conditions=source', file];
      const output = execFileSync(process.execPath, node, { encoding: 'utf8', timeout: 60_000 });
      assert.match(output, /^id [0-9a-f]{32}\n$/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
