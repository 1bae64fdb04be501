/**
 * The table of errors is complete, and each of its rows has a test. A row names the file and an id, which stands above
 * the test in a comment: titles of tests can be reworded.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { exitStatus } from '../../../src/platform/exit-status.ts';

const app = path.resolve(import.meta.dirname, '../../..');
/** Stands above a test, before its id. */
const mark = '// errors.md: ';
const table = readRows(readFileSync(path.join(app, '../docs/errors.md'), 'utf8'));

describe('docs/errors.md', () => {
  const codes: [what: string, codes: readonly string[]][] = [
    ['cause of a disconnect', kindsIn('tunnel/disconnect-cause.ts', /readonly kind: '([a-z-]+)'/g)],
    ['step of the identity', stepsIn('identity/identity-error.ts')],
    ['class of error', kindsIn('core/errors.ts', /readonly code = '([A-Z]+)'/g)],
    ['exit status', Object.values(exitStatus).map(String)],
  ];
  for (const [what, known] of codes) {
    it(`has a row for each ${what}`, () => {
      assert.ok(known.length >= 4, 'the source no longer looks as this test expects');
      const missing = known.filter((code) => !table.some((row) => row.code === code));
      assert.deepEqual(missing, []);
    });
  }

  it('has no row for a code that is gone', () => {
    const known = new Set(codes.flatMap(([, list]) => list));
    assert.deepEqual(
      table.flatMap(({ code }) => (code === undefined || known.has(code) ? [] : [code])),
      [],
    );
  });

  const marks = new Set(testFiles().flatMap(marksIn));
  for (const { code, what, test } of table) {
    it(`names a test for ${code ?? what}: ${test}`, () => {
      assert.ok(marks.has(test), `no test is marked "${mark}" as ${test} would be`);
    });
  }

  it('has a row for each test that is marked for it', () => {
    const named = new Set(table.map(({ test }) => test));
    assert.deepEqual(
      [...marks].filter((test) => !named.has(test)),
      [],
    );
  });
});

interface Row {
  /** Undefined in a table of what happens, which has no codes. */
  readonly code: string | undefined;
  /** The first cell. */
  readonly what: string;
  /** A file below app/test without `.test.ts`, and the id of the test in it: `netns/recovery#stopped`. */
  readonly test: string;
}

/** Rows of tables whose last column is headed Test. */
function readRows(page: string): Row[] {
  let isTable = false;
  return page.split('\n').flatMap((line) => {
    if (!line.startsWith('|')) {
      isTable = false;
      return [];
    }
    const cells = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    if (cells.at(-1) === 'Test') isTable = true;
    if (!isTable || cells.at(-1) === 'Test' || /^-+$/.test(cells[0] ?? '')) return [];
    const what = cells[0] ?? '';
    const code = /^(?:`([^`]+)`|(\d+))$/.exec(what);
    return [{ code: code?.[1] ?? code?.[2], what, test: (cells.at(-1) ?? '').replaceAll('`', '') }];
  });
}

function kindsIn(file: string, pattern: RegExp): string[] {
  const source = readFileSync(path.join(app, 'src', file), 'utf8');
  return [...new Set([...source.matchAll(pattern)].map(([, kind = '']) => kind))];
}

function stepsIn(file: string): string[] {
  const source = readFileSync(path.join(app, 'src', file), 'utf8');
  const union = /type IdentityStep = ([^;]*);/.exec(source)?.[1] ?? '';
  return [...union.matchAll(/'([a-z]+)'/g)].map(([, step = '']) => step);
}

function testFiles(): string[] {
  return readdirSync(path.join(app, 'test'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.test.ts'),
  );
}

/** The ids of the tests that a file has for the page. What stands below a mark is a test, or a row of its table. */
function marksIn(file: string): string[] {
  const lines = readFileSync(path.join(app, 'test', file), 'utf8').split('\n');
  return lines.flatMap((line, at) => {
    const id = line.trim().startsWith(mark) ? line.trim().slice(mark.length) : undefined;
    const below = lines.slice(at + 1).find((other) => !other.trim().startsWith(mark)) ?? '';
    if (id === undefined || !/['"`]/.test(below)) return [];
    return [`${file.replace(/\.test\.ts$/, '')}#${id}`];
  });
}
