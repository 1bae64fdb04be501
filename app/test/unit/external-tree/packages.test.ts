import assert from 'node:assert/strict';
import path from 'node:path';
import { exists, list, read, statements } from './tree.ts';

interface LockedModule {
  readonly version: string;
  readonly integrity: string;
  readonly dependencies?: Record<string, string>;
}

const packages = list('br2-external/package');
const makefile = (name: string) => read('br2-external/package', name, `${name}.mk`);
const hashes = (name: string) =>
  statements(read('br2-external/package', name, `${name}.hash`)).map((line) => line.split(/ +/));
const lock = JSON.parse(read('app/package-lock.json')) as {
  packages: Record<string, LockedModule>;
};
const locked = (module: string) => {
  const entry = lock.packages[`node_modules/${module}`];
  assert.ok(entry, `app/package-lock.json has no ${module}`);
  return entry;
};
const hexOf = (integrity: string) =>
  Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex');
const packageOf = (module: string) =>
  `npm-${module.replace(/^@/, '').replaceAll(/[^a-z0-9]+/g, '-')}`;

/** What the card's bundles contain: the dependencies of the app and of the packages that a card has, and theirs. */
function bundledModules(): string[] {
  const found = new Set<string>();
  const own = list('app/packages');
  const visit = (module: string) => {
    if (own.includes(module) || found.has(module)) return;
    found.add(module);
    Object.keys(locked(module).dependencies ?? {}).forEach(visit);
  };
  const onCard = own.filter((name) => name !== 'psock-host');
  const manifests = ['app', ...onCard.map((name) => `app/packages/${name}`)];
  for (const folder of manifests.filter((name) => exists(`${name}/package.json`))) {
    const { dependencies = {} } = JSON.parse(read(folder, 'package.json')) as {
      dependencies?: Record<string, string>;
    };
    Object.keys(dependencies).forEach(visit);
  }
  return [...found].sort();
}

describe('external tree: packages', () => {
  it('includes the menu of every target package, and only of those', () => {
    const sourced = [...read('br2-external/Config.in').matchAll(/package\/([\w-]+)\/Config\.in/g)];
    const expected = packages.filter((name) => exists(`br2-external/package/${name}/Config.in`));
    assert.deepEqual(sourced.map((match) => match[1]).sort(), expected);
    for (const name of packages) {
      const isTarget = makefile(name).includes('$(eval $(generic-package))');
      assert.equal(expected.includes(name), isTarget, name);
    }
  });

  it('takes a provider for keys in a TPM that two threads can use, with its checksum', () => {
    const [, version = ''] =
      /^tpm2_openssl_version=(.*)$/m.exec(read('br2-external/build.sh')) ?? [];
    const [major = 0, minor = 0] = version.split('.').map(Number);
    assert.ok(major > 1 || minor >= 3, version);
    const folder = 'br2-external/patches/tpm2-openssl';
    const [line = ''] = statements(read(folder, 'tpm2-openssl.hash'));
    assert.match(line, /^sha256 {2}[0-9a-f]{64} {2}/);
    assert.ok(line.endsWith(` tpm2-openssl-${version}.tar.gz`), line);
  });

  it('uses every symbol that it defines', () => {
    const menus = [
      'br2-external/Config.in',
      ...packages.map((name) => `br2-external/package/${name}/Config.in`).filter(exists),
    ].map((name) => read(name));
    const users = [
      ...menus,
      ...list('configs/variants').map((name) => read('configs/variants', name)),
    ];
    const text = [
      ...users,
      ...list('configs')
        .filter((name) => name.endsWith('_defconfig'))
        .map((name) => read('configs', name)),
    ].join('\n');
    const defined = menus.flatMap((menu) =>
      [...menu.matchAll(/^config (BR2_\w+)/gm)].map((match) => match[1] ?? ''),
    );
    assert.ok(defined.length >= 5);
    for (const symbol of defined) {
      const uses = [...text.matchAll(new RegExp(`\\b${symbol}\\b`, 'g'))];
      assert.ok(uses.length >= 2, `${symbol} is defined and never used`);
    }
  });

  for (const name of packages) {
    it(`${name}: names licence, licence file and checksum of all that it downloads`, () => {
      const text = makefile(name);
      assert.match(text, /_LICENSE = \S/);
      const [, licenseFiles = ''] = /_LICENSE_FILES = (.*)/.exec(text) ?? [];
      assert.notEqual(licenseFiles, '');
      const table = hashes(name);
      const checksummed = table.map((row) => row[2]);
      for (const file of licenseFiles.split(' ')) assert.ok(checksummed.includes(file), file);
      if (text.includes('_SITE_METHOD = local')) return;
      const [, version = ''] = /_VERSION = (.*)/.exec(text) ?? [];
      const downloads = [...text.matchAll(/(\S+-)\$\(\w+_VERSION\)(\.tgz)/g)];
      assert.ok(downloads.length > 0);
      for (const [, stem = '', ending = ''] of downloads) {
        const file = path.basename(`${stem}${version}${ending}`);
        const pattern = new RegExp(`^${file.replace(/\$\(\w+\)/, '\\w+').replaceAll('.', '\\.')}$`);
        const rows = table.filter((row) => pattern.test(row[2] ?? ''));
        assert.ok(rows.length > 0, `${name}.hash has no line for ${file}`);
        for (const [algorithm, digest = ''] of rows) {
          assert.equal(algorithm, 'sha512');
          assert.match(digest, /^[0-9a-f]{128}$/);
        }
      }
    });
  }

  it('has every module of the bundle, with the version and checksum of the lock file', () => {
    const menu = read('br2-external/package/enftun/Config.in');
    const needed = [...bundledModules(), 'node-api-headers'];
    for (const module of needed) {
      const name = packageOf(module);
      const hint = `run: node br2-external/import-npm-module.js ${module}`;
      assert.ok(packages.includes(name), `no package ${name}; ${hint}`);
      const { version, integrity } = locked(module);
      assert.ok(makefile(name).includes(`_VERSION = ${version}\n`), `${name} is old; ${hint}`);
      assert.equal(hashes(name)[0]?.[1], hexOf(integrity), `${name}.hash is old; ${hint}`);
      const symbol = `BR2_PACKAGE_${name.toUpperCase().replaceAll('-', '_')}`;
      assert.match(menu, new RegExp(`select ${symbol}$`, 'm'));
      assert.match(makefile('enftun'), new RegExp(`\\b${name}( \\\\)?$`, 'm'));
    }
    const superfluous = packages.filter(
      (name) => name.startsWith('npm-') && name !== 'npm-esbuild',
    );
    assert.deepEqual(superfluous, needed.map(packageOf).sort());
  });

  it('bundles with the esbuild of the lock file', () => {
    const { version } = locked('esbuild');
    assert.ok(makefile('npm-esbuild').includes(`_VERSION = ${version}\n`));
    const digests = hashes('npm-esbuild').map((row) => row[1]);
    for (const module of ['esbuild', '@esbuild/linux-x64', '@esbuild/linux-arm64']) {
      assert.ok(digests.includes(hexOf(locked(module).integrity)), `${module}: checksum`);
    }
  });

  it('installs programs that exist, and the overlays refer to no others', () => {
    const programs = statements(read('board/common/programs.list'));
    assert.ok(programs.length >= 3);
    for (const program of programs) assert.ok(exists(`app/src/bin/${program}.ts`), program);
  });
});
