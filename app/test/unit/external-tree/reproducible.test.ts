/** The same sources give the same programs and addons, wherever and whenever they are made. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { statements, read, top } from './tree.ts';

describe('external tree: reproducible programs', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'reproducible-'));
  });
  after(function () {
    this.timeout(60_000);
    rmSync(folder, { recursive: true });
  });

  /** The programs of the card, bundled from a copy of the sources; their names and bytes. */
  function bundle(place: string, time: Date): Map<string, Buffer> {
    const copy = path.join(folder, place);
    const app = path.join(top, 'app');
    mkdirSync(copy, { recursive: true });
    const sources = ['esbuild.config.js', 'package.json', 'tsconfig.json', 'src', 'packages'];
    for (const name of sources) {
      cpSync(path.join(app, name), path.join(copy, name), {
        recursive: true,
        filter: (file) => !/\/(node_modules|build)$/.test(file),
      });
    }
    const { dependencies } = JSON.parse(read('app/package.json')) as {
      dependencies: Record<string, string>;
    };
    // What gets into the bundle is copied: its path would be in it.
    for (const name of [...Object.keys(dependencies), '@leichtgewicht', '@noble'])
      cpSync(path.join(app, 'node_modules', name), path.join(copy, 'node_modules', name), {
        recursive: true,
      });
    for (const name of ['esbuild', '@esbuild'])
      symlinkSync(path.join(app, 'node_modules', name), path.join(copy, 'node_modules', name));
    for (const name of readdirSync(path.join(copy, 'packages')))
      symlinkSync(path.join('../packages', name), path.join(copy, 'node_modules', name));
    for (const entry of readdirSync(path.join(copy, 'src'), { recursive: true }))
      utimesSync(path.join(copy, 'src', String(entry)), time, time);

    const programs = statements(read('board/common/programs.list'));
    const { status, stderr } = spawnSync(process.execPath, ['esbuild.config.js', ...programs], {
      cwd: copy,
      env: { PATH: process.env.PATH, OUT: path.join(copy, 'bundle') },
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    const names = readdirSync(path.join(copy, 'bundle')).filter((name) => name.endsWith('.cjs'));
    return new Map(
      names.sort().map((name) => [name, readFileSync(path.join(copy, 'bundle', name))]),
    );
  }

  it('have the same bytes in another folder, at another time', function () {
    this.timeout(120_000);
    const first = bundle('a', new Date(0));
    const second = bundle('another/much/deeper', new Date(2e12));
    assert.ok(first.size >= 3, [...first.keys()].join(' '));
    assert.deepEqual([...second.keys()], [...first.keys()]);
    for (const [name, bytes] of first) {
      assert.ok(bytes.length > 1000, name);
      assert.ok(second.get(name)?.equals(bytes), `${name} differs`);
      assert.ok(!bytes.includes(folder), `${name} names the folder it was made in`);
    }
  });

  /** The addon of a package, with its debug information, compiled from a copy of its sources. */
  function compile(place: string, name: string): Buffer {
    const copy = path.join(folder, place);
    const source = path.join(top, 'app/packages', name);
    for (const part of ['Makefile', 'native'])
      cpSync(path.join(source, part), path.join(copy, 'packages', name, part), { recursive: true });
    for (const shared of ['native', 'native.mk'])
      cpSync(path.join(top, 'app/packages', shared), path.join(copy, 'packages', shared), {
        recursive: true,
      });
    const headers = 'node_modules/node-api-headers';
    cpSync(path.join(top, 'app', headers), path.join(copy, headers), { recursive: true });

    const target = 'TARGET=elsewhere';
    const args = ['-s', '-j2', '-C', path.join(copy, 'packages', name), target];
    const { status, stderr } = spawnSync('make', args, { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    return readFileSync(path.join(copy, `packages/${name}/build/elsewhere/${name}.node`));
  }

  const hasCompiler = spawnSync('g++', ['--version']).status === 0;
  for (const name of ['tuntap2', 'function-fs']) {
    const title = `has the same bytes in another folder: ${name}`;
    if (!hasCompiler) {
      it.skip(`${title} (g++ is needed)`);
      continue;
    }
    it(title, function () {
      this.timeout(300_000);
      const first = compile('native', name);
      assert.ok(first.length > 10_000);
      assert.ok(!first.includes(folder), 'it names the folder it was made in');
      assert.ok(compile('native/much/deeper', name).equals(first));
    });
  }
});
