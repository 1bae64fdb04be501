/** What the image consists of, against what was agreed: every difference is a decision, made by a commit. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { defaultImage } from '../../lab/qemu/card-site.ts';

interface Manifest {
  readonly versions: Readonly<Record<string, string>>;
  readonly [section: string]: unknown;
}

const folder = path.dirname(defaultImage().rootfs);
const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Manifest;

describe('the manifest of the image', () => {
  const built = read(path.join(folder, 'manifest.json'));
  const expected = read(path.join(import.meta.dirname, 'expected-manifest.json'));
  const sections = Object.keys(expected).filter((name) => name !== 'versions');

  for (const section of sections) {
    it(`has the expected ${section}`, () => {
      assert.deepEqual(
        built[section],
        expected[section],
        `if this is meant: run board/qemu/accept-manifest.sh, and commit its result`,
      );
    });
  }

  it('has no section that nobody expects', () => {
    assert.deepEqual(Object.keys(built), Object.keys(expected));
  });

  it('has Node of a release that is supported', () => {
    const version = built.versions.nodejs ?? '';
    assert.match(version, /^(20|22|24)\./);
  });
});
