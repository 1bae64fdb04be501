import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { boards, external, list, top } from './tree.ts';

const buildroot = process.env.BUILDROOT_DIR;

describe('external tree: in Buildroot', () => {
  if (buildroot === undefined || !existsSync(path.join(buildroot, 'Makefile'))) {
    it.skip('loads, checks, describes itself (BUILDROOT_DIR names a Buildroot tree)');
    return;
  }

  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'buildroot-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  function run(command: string, args: string[]) {
    const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
    assert.equal(
      result.status,
      0,
      `${command} ${args.join(' ')}:\n${result.stdout}${result.stderr}`,
    );
    return result;
  }

  function make(output: string, ...args: string[]) {
    const common = [
      '-s',
      '--no-print-directory',
      '-C',
      buildroot ?? '',
      `O=${path.join(folder, output)}`,
    ];
    return run('make', [...common, `BR2_EXTERNAL=${external}`, ...args]);
  }

  for (const board of boards) {
    it(`${board}: loads without a warning, all of it takes, and savedefconfig gives it back`, function () {
      this.timeout(120_000);
      const file = path.join(top, 'configs', `${board}_defconfig`);
      const { stderr } = make(board, 'defconfig', `BR2_DEFCONFIG=${file}`);
      assert.equal(stderr, '');
      const config = path.join(folder, board, '.config');
      run(path.join(external, 'check-options.sh'), [config, file]);
      const saved = path.join(folder, `${board}.saved`);
      make(board, 'savedefconfig', `BR2_DEFCONFIG=${saved}`);
      assert.equal(readFileSync(saved, 'utf8'), readFileSync(file, 'utf8'));
    });

    it(`${board}: describes every package with licence and checksums`, function () {
      this.timeout(120_000);
      interface Package {
        readonly type: string;
        readonly licenses?: string;
        readonly package_dir?: string;
        readonly virtual?: boolean;
      }
      const info = JSON.parse(make(board, 'show-info').stdout) as Record<string, Package>;
      const own = Object.entries(info).filter(
        ([, entry]) => entry.package_dir?.includes('br2-external') === true,
      );
      assert.ok(own.length >= 6, own.map(([name]) => name).join(' '));
      for (const [name, entry] of own)
        assert.notEqual(entry.licenses ?? 'unknown', 'unknown', name);
    });
  }

  it('takes every variant on every board', function () {
    this.timeout(300_000);
    for (const variant of list('configs/variants')) {
      const files = ['qemu_card_defconfig', `variants/${variant}`].map((name) =>
        path.join(top, 'configs', name),
      );
      const merged = path.join(folder, `${variant}.defconfig`);
      run('sh', ['-c', `cat "$@" >${merged}`, 'sh', ...files]);
      make(variant, 'defconfig', `BR2_DEFCONFIG=${merged}`);
      run(path.join(external, 'check-options.sh'), [
        path.join(folder, variant, '.config'),
        ...files,
      ]);
    }
  });

  it("follows Buildroot's own style, in every tracked file", function () {
    this.timeout(120_000);
    const tracked = run('git', ['-C', top, 'ls-files', 'br2-external', 'configs', 'board'])
      .stdout.trim()
      .split('\n');
    // Only what Buildroot itself reads or runs; our programs have the house's checks. images.mk is our Makefile's.
    const checked = tracked.filter(
      (name) =>
        !/\.(js|json|md)$|\/images\.mk$/.test(name) && lstatSync(path.join(top, name)).isFile(),
    );
    const args = ['utils/check-package', '-b', ...checked.map((name) => path.join(top, name))];
    const result = spawnSync('/usr/bin/python3', args, { cwd: buildroot, encoding: 'utf8' });
    const output = `${result.stdout}${result.stderr}`;
    assert.equal(result.status, 0, output);
    assert.ok(Number(/^(\d+) lines processed/m.exec(output)?.[1]) > 1500, output);
    assert.match(output, /^0 warnings generated/m);
  });
});
