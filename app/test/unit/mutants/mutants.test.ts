import assert from 'node:assert/strict';
import path from 'node:path';
import { changedLines } from '../../mutants/changed-lines.ts';
import { importGraph } from '../../mutants/import-graph.ts';
import { mutantsOf } from '../../mutants/mutate.ts';
import { importsOf, nearestTests } from '../../mutants/nearest-tests.ts';

describe('the mutants of a file', () => {
  const mutants = (text: string) => mutantsOf(text, () => true).map((mutant) => mutant.text);

  for (const [text, ...expected] of [
    ['const a = b < c;', 'const a = b <= c;'],
    ['const a = b === c && d;', 'const a = b === c || d;', 'const a = b !== c && d;'],
    ['const a = b + 1;', 'const a = b - 1;'],
    ["const a = b + 'text';"],
    ['const a = true;', 'const a = false;'],
    ['call(1);', ';'],
    ['await call();', ';'],
    ['this.count++;', ';'],
    ['this.count = 1;', ';'],
    ['if (a) b();', 'if (false) b();', 'if (a) ;'],
    ['class A extends B { constructor() { super(); } }'],
    ['type A = true | false;'],
  ] as const) {
    it(`are these: ${text}`, () => assert.deepEqual(mutants(text), expected));
  }

  it('are of the wanted lines only', () => {
    const found = mutantsOf('call();\nother();\n', (line) => line === 2);
    assert.deepEqual(
      found.map(({ line, from, to }) => ({ line, from, to })),
      [{ line: 2, from: 'other();', to: ';' }],
    );
  });
});

describe('the lines of a change', () => {
  it('are those that it has added', () => {
    const diff = [
      'diff --git a/src/a.ts b/src/a.ts',
      '--- a/src/a.ts',
      '+++ b/src/a.ts',
      '@@ -1 +2,2 @@ class A {',
      '@@ -9,2 +10,0 @@',
      '@@ -20 +19 @@',
      'diff --git a/src/gone.ts b/src/gone.ts',
      '--- a/src/gone.ts',
      '+++ /dev/null',
      '@@ -1,2 +0,0 @@',
    ].join('\n');
    assert.deepEqual([...changedLines(diff)], [['src/a.ts', new Set([2, 3, 19])]]);
  });
});

describe('the nearest tests', () => {
  const graph = new Map([
    ['src/service.ts', ['src/path.ts']],
    ['src/path.ts', ['src/filter.ts']],
    ['src/filter.ts', ['src/path.ts']],
    ['test/path.test.ts', ['src/path.ts']],
    ['test/service.test.ts', ['src/service.ts', 'src/path.ts']],
  ]);

  it('import the file', () => {
    assert.deepEqual(nearestTests(graph, 'src/service.ts'), ['test/service.test.ts']);
  });

  it('import what imports it, when none imports it', () => {
    const expected = ['test/path.test.ts', 'test/service.test.ts'];
    assert.deepEqual(nearestTests(graph, 'src/filter.ts'), expected);
  });

  it('are none when no test reaches it', () => {
    assert.deepEqual(nearestTests(graph, 'src/other.ts'), []);
  });

  it('are found by relative imports', () => {
    const text =
      "import { a } from '../core/a.ts';\nawait import('./b.ts');\nimport fs from 'node:fs';";
    assert.deepEqual(importsOf('src/link/c.ts', text), ['src/core/a.ts', 'src/link/b.ts']);
  });

  it('of this checkout are found through a package, too', () => {
    const graph = importGraph(path.resolve(import.meta.dirname, '../../..'));
    const tests = nearestTests(graph, 'packages/hss/src/session.ts');
    assert.ok(tests.length > 0, 'no test reaches the sessions of hss');
    for (const test of tests) assert.match(test, /(^|\/)test\/unit\//);
  });
});
