/** What the image consists of, against what was agreed: every difference is a decision, made by a commit. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { defaultImage } from '../harness/qemu/card-site.ts';

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

  it('has Node of a release that is supported', () => {
    const names = ['nodejs', 'nodejs-src', 'node-prebuilt'];
    const version = names.map((name) => built.versions[name]).find(Boolean) ?? '';
    assert.match(version, /^(20|22|24)\./);
  });

  // Buildroot's image may differ where that is meant, with the reason.
  const modules = path.join(folder, 'modules.builtin');
  if (existsSync(modules)) {
    it('is as expected but for the differences that are meant', () => {
      const common = path.join(import.meta.dirname, '../../../board/common');
      const args = [
        path.join(common, 'compare-manifests.js'),
        path.join(import.meta.dirname, 'expected-manifest.json'),
        path.join(folder, 'manifest.json'),
        path.join(common, 'manifest-differences.json'),
        modules,
      ];
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      assert.equal(status, 0, stdout + stderr);
    });
    return;
  }

  for (const section of sections) {
    it(`has the expected ${section}`, () => {
      assert.deepEqual(
        built[section],
        expected[section],
        `if this is meant: run board/qemu/accept-manifest.sh, and commit its result`,
      );
    });
  }

  it('has no unexpected section', () => {
    assert.deepEqual(Object.keys(built), Object.keys(expected));
  });
});
