/** The table of errors is complete, and each of its rows has a test. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { exitStatus } from '../../../src/platform/exit-status.ts';

const app = path.resolve(import.meta.dirname, '../../..');
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

  const tests = testFiles(['test', 'packages']).map((file) => readFileSync(file, 'utf8'));
  for (const { code, what, test } of table) {
    it(`${code ?? what} has its test: ${test}`, () => {
      assert.ok(
        tests.some((text) => hasTest(text, test)),
        `no test file has the title "${test}"`,
      );
    });
  }
});

interface Row {
  /** Undefined in a table of what happens, which has no codes. */
  readonly code: string | undefined;
  /** The first cell. */
  readonly what: string;
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
    return [{ code: code?.[1] ?? code?.[2], what, test: cells.at(-1) ?? '' }];
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

function testFiles(folders: readonly string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(path.join(app, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts') && !name.includes('node_modules'))
      .map((name) => path.join(app, folder, name)),
  );
}

/**
 * A title stands in the file as it is, in quotes; or it is a template, and what fills its gaps stands in the file in
 * quotes, too.
 */
function hasTest(text: string, title: string): boolean {
  const isQuoted = (part: string): boolean =>
    text.includes(`'${part}'`) || text.includes(`"${part}"`);
  if (title === '' || isQuoted(title)) return title !== '';
  return [...text.matchAll(/\b(?:it|describe)\(\s*`([^`]+)`/g)].some(([, template = '']) => {
    const parts = template
      .split(/\$\{[^}]*\}/)
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    const gaps = new RegExp(`^${parts.join('(.+)')}$`).exec(title);
    return gaps !== null && gaps.slice(1).every(isQuoted);
  });
}
