/** The checker for docs/style.md: what it reads from a file, and what it finds. */
import assert from 'node:assert/strict';
import path from 'node:path';

type Rules = readonly (readonly [pattern: RegExp, advice: string])[];

interface Text {
  readonly kind: string;
  readonly line: number;
  readonly text: string;
}

interface LanguageRules {
  readonly sentenceRules: Rules;
  readonly headingRules: Rules;
  readonly faultsOf: (text: string, rules: Rules) => string[];
}

interface LanguageTexts {
  readonly textsOf: (name: string, content: string) => Text[];
}

// The lint is JavaScript without types, so that Node.js runs it as it is.
const lint = path.resolve(import.meta.dirname, '../../../lint');
const { faultsOf, headingRules, sentenceRules } = (await import(
  `${lint}/language-rules.js`
)) as LanguageRules;
const { textsOf } = (await import(`${lint}/language-texts.js`)) as LanguageTexts;

describe('the language lint', () => {
  // In pieces, since this file is checked, too.
  const pieces = [
    ['the server', 'tells', 'the host'],
    ['the card', 'heard', 'nothing'],
    ['nobody', 'reads it'],
    ['x is', 'no', 'log level'],
    ['starts', 'anew'],
  ];
  const faulty = pieces.map((words) => words.join(' '));
  for (const text of faulty) {
    it(`finds a fault in "${text.slice(0, 8)}…"`, () => {
      assert.equal(faultsOf(text, sentenceRules).length, 1, text);
    });
  }

  const good = [
    'there is no server',
    'it is no longer up',
    'an unknown option',
    'the server logs it',
  ];
  for (const text of good) {
    it(`accepts "${text}"`, () => assert.deepEqual(faultsOf(text, sentenceRules), []));
  }

  it('finds headings that are not noun phrases', () => {
    const faults = ['Then', 'Said', 'Of a server', 'Exit status.'];
    for (const heading of faults) assert.equal(faultsOf(heading, headingRules).length, 1, heading);
    assert.deepEqual(faultsOf('Exit status', headingRules), []);
  });

  const files: [name: string, content: string, expected: string[]][] = [
    [
      'a.ts',
      "import x from 'y z'; // one two\nlog(`three ${x} four`, 'five six');",
      ['comment 1: one two', 'string 2: three … four', 'string 2: five six'],
    ],
    ['a.sh', 'echo "one two" # three four', ['comment 1: three four', 'string 1: one two']],
    ['a.service', 'Description=One two', ['string 1: One two']],
    ['Makefile', 'run: image ## one two', ['string 1: one two']],
    ['a.cc', '/// one two\nfail("three four");', ['comment 1: one two', 'string 2: three four']],
    [
      'a.md',
      '# One two\n\n```\ncode here\n```\n    more code',
      ['heading 1: One two', 'prose 2: '],
    ],
  ];
  for (const [name, content, expected] of files) {
    it(`reads ${name}`, () => {
      const found = textsOf(name, content).map(
        ({ kind, line, text }) => `${kind} ${line}: ${text.trim()}`,
      );
      assert.deepEqual(found, expected);
    });
  }

  it('reads the head of a table as headings', () => {
    const found = textsOf('a.md', '| Code | Then |\n|---|---|\n| x | y |');
    const headings = found.filter(({ kind, text }) => kind === 'heading' && text !== '');
    assert.deepEqual(
      headings.map(({ text }) => text),
      ['Code', 'Then'],
    );
  });
});
