import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { external } from './tree.ts';

describe('external tree: check of options', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'check-options-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  function check(final: string, ...wanted: string[]) {
    const names = [final, ...wanted].map((text, index) => {
      const name = path.join(folder, `file${index}`);
      writeFileSync(name, text);
      return name;
    });
    const { status, stderr } = spawnSync(path.join(external, 'check-options.sh'), names, {
      encoding: 'utf8',
    });
    return { status, complaints: stderr.replaceAll(`${folder}/`, '').trimEnd().split('\n') };
  }

  const taken: [string, string, string][] = [
    ['an option that is set', 'A=y\n', 'A=y\n'],
    ['an option that is off, and not mentioned', 'A=y\n', '# B is not set\n'],
    ['an option that is off, and says so', '# B is not set\n', '# B is not set\n'],
    ['a text', 'A="x y"\n', 'A="x y"\n'],
    ['an empty text that is not mentioned', 'B=y\n', 'A=""\n'],
    ['comments and empty lines', 'A=y\n', '# words, not an option\n\nA=y\n'],
  ];
  for (const [name, final, wanted] of taken) {
    it(`accepts ${name}`, () => assert.equal(check(final, wanted).status, 0));
  }

  const refused: [string, string, string, string][] = [
    [
      'an option that vanished',
      'B=y\n',
      'B=y\nA=y\n',
      'file1:2: A=y did not take: it is not there (a missing dependency?)',
    ],
    ['a module in place of a built-in', 'A=m\n', 'A=y\n', 'file1:1: A=y did not take: it is m'],
    [
      'an option that should be off',
      'A=y\n',
      '# A is not set\n',
      'file1:1: A=n did not take: it is y',
    ],
    ['another text', 'A="x"\n', 'A="y"\n', 'file1:1: A="y" did not take: it is "x"'],
  ];
  for (const [name, final, wanted, complaint] of refused) {
    it(`names file and line of ${name}`, () => {
      const { status, complaints } = check(final, wanted);
      assert.equal(status, 1);
      assert.equal(complaints[0], complaint);
    });
  }

  it('lets a later file win', () => {
    assert.equal(check('# A is not set\n', 'A=y\n', '# A is not set\n').status, 0);
    const { status, complaints } = check('# A is not set\n', '# A is not set\n', 'A=y\n');
    assert.equal(status, 1);
    assert.match(complaints[0] ?? '', /^file2:1: /);
  });

  it('fails when there is no final configuration', () => {
    const { status } = spawnSync(path.join(external, 'check-options.sh'), [
      path.join(folder, 'none'),
      path.join(folder, 'file1'),
    ]);
    assert.equal(status, 2);
  });
});
