/** What install.sh puts into a machine: a program that runs where it lies, and a unit that systemd takes. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const app = path.resolve(import.meta.dirname, '../../../..');
const installer = path.resolve(
  import.meta.dirname,
  '../../../../src/programs/psock-host/system/install.sh',
);
const addons = { x64: 'linux-x64', arm64: 'linux-arm64', arm: 'linux-arm' } as const;

describe('the installer of psock-host', function () {
  this.timeout(60_000);
  let folder: string;
  let root: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'psock-host-'));
    root = path.join(folder, 'root');
    const build = path.join(folder, 'build');
    mkdirSync(build);
    run(process.execPath, ['esbuild.config.js', 'psock-host'], { cwd: app, OUT: build });
    const platform = addons[process.arch as keyof typeof addons];
    cpSync(
      path.join(app, 'packages/tuntap2/build', platform, 'tuntap2.node'),
      path.join(build, 'tuntap2.node'),
    );
    cpSync(path.join(app, 'node_modules/usb/prebuilds'), path.join(build, 'prebuilds'), {
      recursive: true,
    });
    run(installer, ['--root', root], { BUILD: build });
  });
  after(() => rmSync(folder, { recursive: true }));

  function run(
    command: string,
    words: string[],
    { cwd, ...environment }: Record<string, string> = {},
  ): string {
    const env = { PATH: process.env.PATH, ...environment };
    const { status, stdout, stderr } = spawnSync(command, words, { cwd, env, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    return stdout;
  }
  const installed = (file: string): string => readFileSync(path.join(root, file), 'utf8');
  const unit = 'etc/systemd/system/psock-host.service';

  it('puts a program there that runs, with what it loads beside it', () => {
    const program = path.join(root, 'usr/local/bin/psock-host');
    assert.match(run(program, ['--help']), /^Usage: psock-host /);
    for (const name of ['tuntap2.node', `prebuilds/${addons[process.arch as keyof typeof addons]}`])
      assert.ok(existsSync(path.join(root, 'usr/local/lib/psock-host', name)), name);
  });

  it('does so again over what is there', () => {
    run(installer, ['--root', root], { BUILD: path.join(folder, 'build') });
    assert.match(run(path.join(root, 'usr/local/bin/psock-host'), ['--help']), /^Usage/);
    assert.ok(!existsSync(path.join(root, 'usr/local/lib/psock-host/prebuilds/prebuilds')));
  });

  it('says what is missing', () => {
    const words = ['--root', path.join(folder, 'other')];
    const { status, stderr } = spawnSync(installer, words, {
      env: { PATH: process.env.PATH, BUILD: path.join(folder, 'none') },
      encoding: 'utf8',
    });
    assert.equal(status, 1);
    assert.match(stderr, /no .*psock-host\.cjs: run 'make build' first/);
    assert.ok(!existsSync(path.join(folder, 'other')));
  });

  it('names the program in the unit, and its group in the rule', () => {
    assert.match(installed(unit), /^ExecStart=\/usr\/local\/bin\/psock-host$/m);
    assert.match(installed(unit), /^SupplementaryGroups=psock-host$/m);
    // A dynamic user cannot have the name of that group.
    assert.match(installed(unit), /^User=(?!psock-host$)/m);
    const rule = installed('etc/udev/rules.d/60-psock-host.rules');
    assert.match(rule, /^SUBSYSTEM=="usb", .*ATTR\{idVendor\}=="2fe0", GROUP="psock-host"/m);
    assert.equal(statSync(path.join(root, unit)).mode & 0o777, 0o644);
  });

  it('is a unit without mistakes, and exposes little', function () {
    // Of systemd: no other init has the unit.
    if (!existsSync('/usr/lib/systemd/system/sysinit.target')) this.skip();
    const file = path.join(folder, 'psock-host.service');
    const program = path.join(root, 'usr/local/bin/psock-host');
    writeFileSync(file, installed(unit).replace(/^ExecStart=.*/m, `ExecStart=${program}`));
    run('systemd-analyze', ['verify', '--man=no', file]);
    const text = run('systemd-analyze', ['security', '--no-pager', '--offline=yes', file]);
    const exposure = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(text)?.[1]);
    console.log(`      exposure ${exposure}`);
    assert.ok(exposure <= 2, `exposure ${exposure}`);
  });
});
