/**
 * The life of the packages on clean machines with the Debian releases that they are for: installed, set up, online,
 * rebooted, upgraded, removed, purged. No network is needed: the ENF is the development server on the same machine.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { version } from '../../src/platform/version.ts';
import { repositoryFolder } from '../harness/paths.ts';
import { until } from '../harness/until.ts';
import { DebianMachine } from './debian-machine.ts';

const app = path.join(repositoryFolder, 'app');
const roots = path.join(repositoryFolder, 'build/debian-roots');
const architecture = execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim();
const revision = 'upgraded';
const enfAddress = 'fd00:8f80:1::99';
const serverUnit = `[Unit]
Description=development ENF
[Service]
ExecStart=/usr/bin/enf-server --listen 127.0.0.1:4443 --cert /root/pki/server.crt.pem --key /root/pki/server.key.pem \
--client-ca /root/pki/ca.crt.pem --echo
[Install]
WantedBy=multi-user.target
`;

function debFile(name: string, suffix = ''): string {
  return path.join(repositoryFolder, `build/deb/${name}_${version}${suffix}_${architecture}.deb`);
}

/** Stands in for a newer Node.js than that of the release, which its operator has from elsewhere. */
function nodePackage(folder: string): string {
  const root = path.join(folder, 'nodejs');
  const program = execFileSync(path.join(app, 'setup/node-version.sh'), ['20'], {
    encoding: 'utf8',
  });
  mkdirSync(path.join(root, 'DEBIAN'), { recursive: true });
  mkdirSync(path.join(root, 'usr/bin'), { recursive: true });
  cpSync(program.trim(), path.join(root, 'usr/bin/node'), { dereference: true });
  const lines = ['Package: nodejs', 'Version: 20.0', `Architecture: ${architecture}`];
  const rest = ['Maintainer: none <none@example.com>', 'Description: Node.js of npm', ''];
  writeFileSync(path.join(root, 'DEBIAN/control'), [...lines, ...rest].join('\n'));
  const deb = path.join(folder, 'nodejs_20.0.deb');
  execFileSync('dpkg-deb', ['--root-owner-group', '-Znone', '--build', root, deb]);
  return deb;
}

for (const suite of ['trixie', 'bookworm']) {
  describe(`the packages on Debian ${suite}`, () => {
    const hasNode = suite !== 'bookworm';
    let machine: DebianMachine;
    let folder: string;

    before(async () => {
      folder = mkdtempSync(path.join(tmpdir(), 'enftun-deb-'));
      const archive = path.join(roots, `${suite}.tar`);
      const build = path.join(app, 'packaging/build-deb.sh');
      const env = { ...process.env, REVISION: revision };
      execFileSync(build, [architecture, 'enftun'], { env });
      machine = await DebianMachine.boot(suite, archive, folder);
      put('enftun.deb', debFile('enftun'));
      put('upgraded.deb', debFile('enftun', `+${revision}`));
      put('enf-server.deb', debFile('enf-server'));
      put('psock-host.deb', debFile('psock-host'));
      if (!hasNode) put('nodejs.deb', nodePackage(folder));
    });

    after(async () => {
      await machine.powerOff();
      rmSync(folder, { recursive: true });
    });

    function put(name: string, file: string): void {
      cpSync(file, path.join(machine.root, 'root', name));
    }

    const install = (...names: string[]) =>
      machine.run(
        `cd /root && apt-get -q -y install ${names.map((name) => `./${name}.deb`).join(' ')}`,
      );

    const show = async (unit: string, property: string) =>
      (await machine.run(`systemctl show --value -p ${property} ${unit}`)).trim();

    async function online(): Promise<void> {
      await until('the tunnel to be up', 30, async () => {
        return (await machine.status('enftun status enf0')) === 0;
      });
      await machine.run(`ping -6 -c 1 -W 5 ${enfAddress}`);
    }

    if (!hasNode) {
      it('refuses a machine without a new enough Node.js', async () => {
        assert.notEqual(await machine.status('apt-get -q -y install /root/enftun.deb'), 0);
        await install('nodejs');
      });
    }

    it('is installed by apt, and starts nothing', async () => {
      await install('enftun', 'enf-server');
      assert.equal(await machine.run('enftun -v'), `${version}\n`);
      const units = `systemctl list-units --all --plain --no-legend 'enftun*'`;
      assert.equal(await machine.run(units), '');
      assert.equal(
        (await machine.run('systemctl is-enabled enftun@enf0 || true')).trim(),
        'disabled',
      );
      const owner = await machine.run(`stat -c '%U %a' /etc/enftun/enf0 /etc/enftun/enf0.conf`);
      assert.equal(owner, 'enftun 750\nroot 644\n');
    });

    it('brings the machine online with an identity', async () => {
      await machine.run(`enf-pki ca --out /root/pki
        enf-pki server --ca /root/pki --out /root/pki --name router
        enf-pki client --ca /root/pki --out /root/pki --address fd00:8f80:1::1234
        install -o enftun -m 600 /root/pki/client.key.pem /etc/enftun/enf0/enf0.key.pem
        install -o enftun -m 644 /root/pki/client.crt.pem /etc/enftun/enf0/enf0.crt.pem
        cp /root/pki/ca.crt.pem /etc/enftun/enf.cacert.pem
        sed -i 's|# hosts = .*|hosts = [ "127.0.0.1" ]|; s|# port = .*|port = "4443"|' /etc/enftun/enf0.conf`);
      writeFileSync(path.join(machine.root, 'etc/systemd/system/enf-server.service'), serverUnit);
      await machine.run('systemctl daemon-reload && systemctl enable --now enf-server');
      await machine.run('cd /etc/enftun && enftun check --strict -c enf0.conf');
      await machine.run('systemctl enable --now enftun@enf0');
      await online();
      assert.equal(await machine.status('enftun-setup status /etc/enftun/enf0.conf'), 0);
      await machine.run('systemctl reload enftun@enf0');
      await online();
    });

    it('is online again after a reboot', async () => {
      await machine.reboot();
      await online();
    });

    it('is upgraded with one restart of the tunnel, and leaves its set-up and configuration', async () => {
      const starts = `journalctl -q -b -u enftun@enf0 _PID=1 | grep -c 'Started '`;
      const config = await machine.run('md5sum /etc/enftun/*.conf /etc/enftun/*.pem');
      const setup = await show('enftun-setup@enf0', 'InvocationID');
      const pid = await show('enftun@enf0', 'MainPID');
      assert.equal(await machine.run(starts), '1\n');
      await install('upgraded');
      assert.notEqual(await show('enftun@enf0', 'MainPID'), pid);
      assert.equal(await machine.run(starts), '2\n');
      assert.equal(await show('enftun-setup@enf0', 'InvocationID'), setup);
      assert.equal(await machine.run('md5sum /etc/enftun/*.conf /etc/enftun/*.pem'), config);
      await online();
    });

    it('opens the network when it is removed, and keeps the configuration', async () => {
      await machine.run('apt-get -q -y remove enftun');
      assert.notEqual(await machine.status('ip link show enf0'), 0);
      assert.equal(await machine.run('nft list ruleset'), '');
      assert.doesNotMatch(await machine.run('ip rule; ip -6 rule'), /fwmark/);
      await machine.run('ls /etc/enftun/enf0.conf /etc/enftun/enf0/enf0.key.pem');
    });

    it('keeps the keys when it is purged', async () => {
      await machine.run('apt-get -q -y purge enftun');
      const left = await machine.run('cd /etc/enftun && find . -type f -name "*.*" | sort');
      assert.match(left, /enf0\.key\.pem/);
      assert.doesNotMatch(left, /enf0\.conf|cacert/);
      assert.notEqual(await machine.status('ls /etc/systemd/system/*.wants/enftun*'), 0);
    });

    it('removes the keys when it is asked to', async () => {
      await install('enftun');
      await machine.run('ENFTUN_PURGE=keys apt-get -q -y purge enftun');
      assert.notEqual(await machine.status('ls /etc/enftun'), 0);
    });

    it('runs psock-host while it is installed', async () => {
      await install('psock-host');
      assert.equal((await machine.run('systemctl is-enabled psock-host')).trim(), 'enabled');
      // A unit that cannot start its program is active for a moment, too.
      await until('psock-host to run', 20, async () => {
        const pid = await show('psock-host', 'MainPID');
        return (await machine.status(`grep -q /psock-host /proc/${pid}/cmdline`)) === 0;
      });
      assert.equal(await show('psock-host', 'NRestarts'), '0');
      await machine.run('apt-get -q -y purge psock-host');
      assert.notEqual(await machine.status('systemctl -q is-active psock-host'), 0);
    });
  });
}
