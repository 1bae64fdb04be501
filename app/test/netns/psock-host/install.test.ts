/**
 * install.sh as its reader runs it, with no argument: into this machine's own places. Those are copies in a mount
 * namespace of the test, where no init system runs but what the test puts there.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { programFolder } from '../../harness/paths.ts';
import { run, type Output } from '../../harness/process.ts';

const installer = path.resolve(
  import.meta.dirname,
  '../../../src/programs/psock-host/system/install.sh',
);
const places = [
  '/usr/local/bin/psock-host',
  '/usr/local/lib/psock-host/psock-host.cjs',
  '/usr/local/lib/psock-host/tuntap2.node',
  '/usr/local/lib/psock-host/prebuilds',
  '/etc/systemd/system/psock-host.service',
  '/etc/udev/rules.d/60-psock-host.rules',
];

describe('the installer of psock-host on a machine', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'install-'));
    mkdirSync(path.join(folder, 'bin'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Runs the words of a shell where /etc and /usr/local are the test's own, and so is what is mounted there. */
  function onMachine(words: string, mayFail = false): Promise<Output> {
    const script = `set -eu
      export PATH="${folder}/bin:$PATH" BUILD="${programFolder}"
      cp -a /etc "${folder}/etc"
      mount --bind "${folder}/etc" /etc
      mount -t tmpfs none /usr/local
      mount -t tmpfs none /run
      mkdir /usr/local/bin
      ln -s "${process.execPath}" /usr/local/bin/node
      listing() { find /usr/local "${folder}/etc" ! -type d ! -path '*/etc/group*' ! -path '*/etc/gshadow*' | sort; }
      installed() { ls -d ${places.join(' ')}; getent group psock-host; }
      ${words}`;
    return run(['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script], { mayFail });
  }

  /** Stands for systemd and udev: every call is written down. */
  function initSystem(): string {
    for (const name of ['systemctl', 'udevadm']) {
      const script = `#!/bin/sh\necho ${name} "$@" >>"${folder}/calls"\n`;
      writeFileSync(path.join(folder, 'bin', name), script, { mode: 0o755 });
    }
    const listen =
      "require('net').createServer().listen('/run/udev/control', () => process.exit())";
    return `mkdir -p /run/systemd/system /run/udev
      "${process.execPath}" -e "${listen.replaceAll('"', '\\"')}"
      [ -S /run/udev/control ] || { rm -f /run/udev/control; exit 9; }`;
  }
  const calls = (): string[] => readFileSync(path.join(folder, 'calls'), 'utf8').trim().split('\n');

  it('puts everything into its place, twice, and takes all of it away', async () => {
    const { stdout } = await onMachine(`
      listing >"${folder}/before"
      "${installer}"
      "${installer}"
      installed
      /usr/local/bin/psock-host --help
      "${installer}" --remove
      "${installer}" --remove
      ! getent group psock-host
      ! [ -e /usr/local/lib/psock-host ]
      listing | diff "${folder}/before" -`);
    assert.match(
      stdout,
      /systemd does not run here, so start it yourself: \/usr\/local\/bin\/psock-host/,
    );
    for (const place of places) assert.ok(stdout.includes(`${place}\n`), place);
    assert.match(stdout, /^psock-host:x:\d+:$/m);
    assert.match(stdout, /^Usage: psock-host /m);
  });

  it('starts it where systemd runs, and stops it before it takes it away', async () => {
    const { stdout } = await onMachine(`${initSystem()}
      "${installer}"
      "${installer}" --remove`);
    assert.match(stdout, /psock-host runs, and starts with this machine/);
    assert.deepEqual(calls(), [
      'udevadm control --reload',
      'udevadm trigger --subsystem-match=usb --attr-match=idVendor=2fe0',
      'systemctl daemon-reload',
      'systemctl enable psock-host',
      'systemctl restart psock-host',
      'systemctl disable --now psock-host',
      'systemctl daemon-reload',
      'udevadm control --reload',
    ]);
  });

  it('changes nothing where Node.js is missing, and says so', async () => {
    const { status, stderr } = await onMachine(
      `rm /usr/local/bin/node
       mount -t tmpfs none /usr/sbin
       ! [ -e /usr/bin/node ] || mount --bind /bin/false /usr/bin/node
       listing >"${folder}/before"
       "${installer}" || { listing | diff "${folder}/before" - && exit 7; }`,
      true,
    );
    assert.equal(status, 7, stderr);
    assert.match(stderr, /no Node\.js in \/usr\/bin|is too old/);
  });
});
