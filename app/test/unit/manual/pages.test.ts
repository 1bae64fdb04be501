/** The man pages: complete, and without characters that troff would take for its own. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { manualFiles } from '../../../manual/files.ts';
import { programPages } from '../../../manual/pages.ts';
import { settingNames } from '../../../src/config/schema.ts';
import { version } from '../../../src/platform/version.ts';
import { example, literal, markdown, option, text } from '../../../manual/roff.ts';

const date = new Date('2026-03-04T05:06:07Z');
const files = manualFiles('tun : {\n    # A comment.\n    dev = "enf0"\n}\n', date);

function textOf(name: string): string {
  const file = files.get(name);
  assert.ok(file !== undefined && 'text' in file, `${name} is a file`);
  return file.text;
}

describe('the man pages', () => {
  it('has one for each program', () => {
    const bin = readdirSync(path.resolve(import.meta.dirname, '../../../src/bin'));
    for (const program of bin.map((file) => path.parse(file).name)) {
      assert.ok(
        programPages.some(({ names }) => names.includes(program)),
        `manual/pages.ts names ${program}`,
      );
    }
  });

  for (const { table, names, section } of programPages) {
    it(`${names[0]}(${section}) explains every command, option and exit status`, () => {
      const page = textOf(`man/man${section}/${names[0]}.${section}`);
      for (const [name, { options }] of Object.entries(table.commands)) {
        if (name !== table.defaultCommand) assert.ok(page.includes(`\\fB${literal(name)}`), name);
        for (const [long, { short }] of Object.entries(options)) {
          const letter = short === undefined ? '' : `\\fB\\-${short}\\fR, `;
          assert.ok(page.includes(`\n${letter}\\fB\\-\\-${literal(long)}\\fR`), `--${long}`);
        }
      }
      for (const [status, meaning] of table.exitStatus)
        assert.ok(page.includes(`\n.TP\n\\fB${status}\\fR\n${text(meaning)}\n`), `${status}`);
    });
  }

  it('enftun.conf(5) explains every key, and shows an example without comments', () => {
    const page = textOf('man/man5/enftun.conf.5');
    assert.equal(page.match(/^\.TP$/gm)?.length, settingNames.length);
    assert.ok(page.includes('\n\\fBremote.heartbeat_period\\fR\n'));
    assert.ok(page.includes('\n.EX\ntun : {\n    dev = "enf0"\n}\n.EE\n'));
  });

  it('has the version of the programs and the date of the sources', () => {
    const [, title] = textOf('man/man8/enftun.8').split('\n');
    assert.equal(title, `.TH ENFTUN 8 2026-03-04 "enftun ${version}" "ENF router card"`);
  });

  it('has the second name of a page as a link', () => {
    assert.deepEqual(files.get('man/man8/enftun-renew.8'), { link: 'enftun-keygen.8' });
  });

  it('has no line that troff would take for a request of its own, and plain ASCII only', () => {
    const requests = 'TH SH SS TP PP br nh ad RS RE EX EE BR'.split(' ').join('|');
    for (const [name, file] of files) {
      if (!name.startsWith('man/') || !('text' in file)) continue;
      assert.match(file.text, /^[\n -~]*$/, name);
      for (const line of file.text.split('\n')) {
        if (!/^[.']/.test(line)) continue;
        assert.match(line, new RegExp(String.raw`^\.(?:\\"|(?:${requests})\b)`), name);
      }
    }
  });
});

describe('text for troff', () => {
  const cases: [what: string, actual: string, expected: string][] = [
    ['options in running text', text('see a-b --json,\n  or -c'), 'see a-b \\-\\-json, or \\-c'],
    ['a line that begins like a request', text('.conf is read'), '\\&.conf is read'],
    ['a backslash', text('a\\b'), 'a\\eb'],
    ['what is typed', literal(`'a-b' ~^\``), '\\(aqa\\-b\\(aq \\(ti\\(ha\\(ga'],
    ['Markdown', markdown('Reads `a-b`, or -c.'), 'Reads \\fBa\\-b\\fR, or \\-c.'],
    ['a synopsis', option('[-c FILE]'), '[\\fB\\-c\\fR \\fIFILE\\fR]'],
    ['an example', example('  a\n    b\n').join('|'), '.EX|a|  b|.EE'],
  ];
  for (const [what, actual, expected] of cases) it(what, () => assert.equal(actual, expected));
});
