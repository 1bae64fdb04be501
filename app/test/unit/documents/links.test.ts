/**
 * The links between documents: each names a file of this repository and, behind a "#", a heading of it. Paths in code
 * are those of files.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../../../..');
const documents = execFileSync('git', ['ls-files', '*.md'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((name) => name !== '' && existsSync(path.join(root, name)));

describe('links between documents', () => {
  for (const name of documents) {
    const links = linksOf(textOf(name));
    if (links.length === 0) continue;
    it(`lead somewhere in ${name}`, () => {
      const broken = links.filter((link) => !leadsSomewhere(name, link));
      assert.deepEqual(broken, []);
    });
  }

  for (const name of documents) {
    const files = filesIn(textOf(name));
    if (files.length === 0) continue;
    it(`name files that are there in ${name}`, () => {
      const missing = files.filter((file) => !existsSync(path.join(root, file)));
      assert.deepEqual(missing, []);
    });
  }

  it('are found, with a heading as the last part', () => {
    const text =
      'see [a](b.md#c-d) and `[x](y)`\n\n```\n[no](link)\n```\n<https://z/>\n[web](https://example.org/)';
    assert.deepEqual(linksOf(text), ['b.md#c-d']);
  });

  it('name a heading in the way of GitHub', () => {
    assert.deepEqual(anchorsOf('# A `code`, and (more)\n## A\n## A\n'), [
      'a-code-and-more',
      'a',
      'a-1',
    ]);
  });
});

function textOf(name: string): string {
  return readFileSync(path.join(root, name), 'utf8');
}

/** Those to files of this repository, without what stands in code. */
function linksOf(text: string): string[] {
  const plain = text.replace(/^```[^]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
  const targets = [...plain.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!); // the pattern has it
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

/** Names in code that begin with a folder of the top level. Words in capitals stand for any name. */
function filesIn(text: string): string[] {
  const names = text.matchAll(/`((?:app|board|br2-external|configs|docs|overlay)\/[\w./-]+)`/g);
  const files = [...names].map(([, name]) => name!); // the pattern has it
  return files.filter((name) => !/\/[A-Z]{2,}(?:\/|$)/.test(name));
}

function leadsSomewhere(name: string, link: string): boolean {
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? name : path.join(path.dirname(name), file);
  if (!existsSync(path.join(root, target))) return false;
  return anchor === undefined || anchorsOf(textOf(target)).includes(anchor);
}

/** Lower case, hyphens for spaces, no punctuation; a heading that occurs again gets a number. */
function anchorsOf(text: string): string[] {
  const seen = new Map<string, number>();
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => {
    const words = heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'); // the pattern has it
    const times = seen.get(words) ?? 0;
    seen.set(words, times + 1);
    return times === 0 ? words : `${words}-${times}`;
  });
}
