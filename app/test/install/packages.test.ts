/** What `make install` and `make deb` have written: contents, man pages, units, and that the programs start there. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { version } from '../../src/platform/version.ts';
import { scratchFolder } from '../unit/platform/scratch-folder.ts';

const top = path.resolve(import.meta.dirname, '../../..');
const architecture = output('dpkg', '--print-architecture').trim();
const packages = ['enftun', 'psock-host', 'enf-server'] as const;

function output(file: string, ...args: readonly string[]): string {
  return execFileSync(file, args, { encoding: 'utf8', cwd: top });
}

/** What a checker finds: its output, empty if there is nothing. */
function findings(file: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(file, args, { encoding: 'utf8', cwd: top });
  return status === 0 && stdout + stderr === '' ? '' : `${stdout}${stderr}status ${status}`;
}

function debOf(name: string): string {
  return path.join(top, `build/deb/${name}_${version}_${architecture}.deb`);
}

function filesBelow(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true });
  return names
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => {
      return path.relative(folder, path.join(parentPath, name));
    });
}

describe('the Debian packages', () => {
  const folder = scratchFolder();

  function unpacked(name: string): string {
    const root = path.join(folder(), name);
    if (!existsSync(root)) output('dpkg-deb', '-x', debOf(name), root);
    return root;
  }

  it('have nothing that lintian warns of', () => {
    const options = ['--allow-root', '--fail-on', 'error,warning', '--tag-display-limit', '0'];
    assert.equal(findings('lintian', ...options, ...packages.map(debOf)), '');
  });

  it('are the same bytes when they are built again, by another user in another place', () => {
    const before = readFileSync(debOf('enftun'));
    const build = path.join(top, 'app/packaging/build-deb.sh');
    const command = `umask 077; TZ=Asia/Tokyo exec ${build} ${architecture} enftun`;
    execFileSync('sh', ['-c', command], { cwd: folder(), stdio: 'pipe' });
    assert.ok(readFileSync(debOf('enftun')).equals(before));
  });

  const starts: [name: (typeof packages)[number], program: string][] = [
    ['enftun', 'enftun'],
    ['enftun', 'enftun-keygen'],
    ['enftun', 'enftun-setup'],
    ['psock-host', 'psock-host'],
    ['enf-server', 'enf-server'],
    ['enf-server', 'enf-pki'],
  ];
  for (const [name, program] of starts) {
    it(`${name} has ${program}, its man page and its completions`, () => {
      const root = unpacked(name);
      assert.equal(output(path.join(root, 'usr/bin', program), '--version'), `${version}\n`);
      const files = filesBelow(root);
      assert.ok(
        files.some((file) => new RegExp(`^usr/share/man/man./${program}\\..\\.gz$`).test(file)),
        'has a man page',
      );
      assert.ok(files.includes(`usr/share/bash-completion/completions/${program}`));
      assert.ok(files.includes(`usr/share/zsh/vendor-completions/_${program}`));
    });
  }

  for (const name of packages) {
    it(`${name} has addons that load where they lie`, () => {
      const folderOf = path.join(unpacked(name), 'usr/lib', name);
      const addons = readdirSync(folderOf).filter((file) => file.endsWith('.node'));
      assert.ok(addons.length > 0);
      for (const addon of addons)
        output(process.execPath, '-e', `require(${JSON.stringify(path.join(folderOf, addon))})`);
    });
  }

  it('keep the configuration of the operator', () => {
    const listed = output('dpkg-deb', '-I', debOf('enftun'), 'conffiles');
    assert.equal(listed, '/etc/enftun/enf.cacert.pem\n/etc/enftun/enf0.conf\n');
    const config = path.join(unpacked('enftun'), 'etc/enftun/enf0.conf');
    assert.equal(
      output(path.join(unpacked('enftun'), 'usr/bin/enftun'), '-c', config, '-p', 'tun.dev'),
      'enf0\n',
    );
  });

  for (const name of ['enftun', 'psock-host']) {
    it(`${name} has units that systemd accepts`, () => {
      const root = unpacked(name);
      const units = readdirSync(path.join(root, 'usr/lib/systemd/system')).filter((file) =>
        file.endsWith('.service'),
      );
      assert.ok(units.length > 0);
      for (const unit of units) {
        const file = path.join(root, 'usr/lib/systemd/system', unit.replace('@', '@enf0'));
        if (unit.includes('@')) output('cp', file.replace('@enf0', '@'), file);
        // The program lies below the root of the package.
        output('sed', '-i', `s|=/usr/bin/|=${root}/usr/bin/|`, file);
        assert.equal(
          findings('systemd-analyze', '--man=no', '--recursive-errors=no', 'verify', file),
          '',
        );
      }
    });
  }
});

describe('make install', () => {
  const folder = scratchFolder();
  const install = () =>
    execFileSync(path.join(top, 'app/packaging/install.sh'), packages, {
      env: { ...process.env, DESTDIR: folder(), PREFIX: '/opt/enf' },
      encoding: 'utf8',
    });

  it('installs below another folder and prefix, and keeps a configuration that is there', () => {
    const config = path.join(folder(), 'etc/enftun/enf0.conf');
    mkdirSync(path.dirname(config), { recursive: true });
    writeFileSync(config, '# mine\n');
    install();
    install();
    assert.equal(readFileSync(config, 'utf8'), '# mine\n');
    assert.equal(output(path.join(folder(), 'opt/enf/bin/enftun'), '-v'), `${version}\n`);
    const unit = readFileSync(
      path.join(folder(), 'opt/enf/lib/systemd/system/enftun@.service'),
      'utf8',
    );
    assert.match(unit, /^ExecStart=\/opt\/enf\/bin\/enftun -c /m);
  });
});

describe('the man pages and completions', () => {
  const share = path.join(top, 'build/share');

  it('have nothing that mandoc warns of', () => {
    const pages = filesBelow(path.join(share, 'man')).map((file) => path.join(share, 'man', file));
    assert.ok(pages.length >= 9);
    assert.equal(findings('mandoc', '-Tlint', '-Wwarning', ...pages), '');
  });

  it('are scripts that bash and zsh can read', () => {
    for (const file of filesBelow(share).filter((name) => /completions\//.test(name)))
      assert.equal(
        findings(file.startsWith('zsh') ? 'zsh' : 'bash', '-n', path.join(share, file)),
        '',
      );
  });
});
