import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  lookUpInHostsFile,
  systemDnsServers,
} from '../../../../src/daemon/session/system-names.ts';
import { addressesInHosts } from '../../../../src/uplink/dns/hosts-file.ts';
import { parseResolvConf } from '../../../../src/uplink/dns/servers.ts';

describe('resolv.conf', () => {
  for (const [text, expected] of [
    ['nameserver 192.0.2.53\nnameserver 2001:db8::53\n', ['192.0.2.53', '2001:db8::53']],
    ['search example\n  nameserver\t192.0.2.53   # theirs\noptions edns0', ['192.0.2.53']],
    ['nameserver fe80::1%wlan0', ['fe80::1%wlan0']],
    ['nameserver fe80::1%2\nnameserver fe80::1%wl_0', ['fe80::1%2', 'fe80::1%wl_0']],
    ['nameserver 127.0.0.53\nnameserver ::1\nnameserver 127.8.8.8', []],
    ['nameserver 0.0.0.0\nnameserver ::', []],
    ['# nameserver 192.0.2.53\nnameserver\nnameserver dns.example', []],
    ['', []],
  ] as const) {
    it(`${JSON.stringify(text)} names ${expected.join(', ') || 'none'}`, () =>
      assert.deepEqual(parseResolvConf(text), expected));
  }
});

describe('files of the system', () => {
  let folder: string;
  const file = (name: string): string => path.join(folder, name);
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'names-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('the servers behind a local one are taken', () => {
    writeFileSync(file('stub'), 'nameserver 127.0.0.53\n');
    writeFileSync(file('real'), 'nameserver 192.0.2.53\n');
    assert.deepEqual(systemDnsServers([file('stub'), file('real')]), ['192.0.2.53']);
  });

  it('missing files name no server', () => {
    assert.deepEqual(systemDnsServers([file('none')]), []);
    assert.deepEqual(lookUpInHostsFile('enf.example', file('none')), []);
  });

  it('pipes and devices are not read, which would never end', () => {
    execFileSync('mkfifo', [file('pipe')]);
    symlinkSync('/dev/zero', file('zero'));
    for (const name of ['pipe', 'zero']) {
      assert.deepEqual(systemDnsServers([file(name)]), []);
      assert.deepEqual(lookUpInHostsFile('enf.example', file(name)), []);
    }
  });

  it('a link to a file is followed, as to that of a resolver', () => {
    writeFileSync(file('real'), 'nameserver 192.0.2.53\n');
    symlinkSync(file('real'), file('link'));
    assert.deepEqual(systemDnsServers([file('link')]), ['192.0.2.53']);
  });

  it('files without end are as good as empty', () => {
    const comment = `# ${'x'.repeat(1021)}\n`;
    const server = 'nameserver 192.0.2.53\n';
    const host = '192.0.2.1 enf.example\n';
    writeFileSync(file('resolv'), comment.repeat(60) + server);
    writeFileSync(file('hosts'), comment.repeat(8000) + host);
    assert.deepEqual(systemDnsServers([file('resolv')]), ['192.0.2.53']);
    assert.deepEqual(lookUpInHostsFile('enf.example', file('hosts')), ['192.0.2.1']);
    writeFileSync(file('resolv'), comment.repeat(65) + server);
    writeFileSync(file('hosts'), comment.repeat(8200) + host);
    assert.deepEqual(systemDnsServers([file('resolv')]), []);
    assert.deepEqual(lookUpInHostsFile('enf.example', file('hosts')), []);
  });

  it('hosts are read again each time', () => {
    writeFileSync(file('hosts'), '192.0.2.1 enf.example\n');
    assert.deepEqual(lookUpInHostsFile('enf.example', file('hosts')), ['192.0.2.1']);
    writeFileSync(file('hosts'), '192.0.2.2 enf.example\n');
    assert.deepEqual(lookUpInHostsFile('enf.example', file('hosts')), ['192.0.2.2']);
  });
});

describe('hosts file', () => {
  const text =
    '127.0.0.1 localhost\n192.0.2.1 other ENF.example\n2001:db8::1\tenf.example # ours\n' +
    '# 192.0.2.66 enf.example\nnot-an-address enf.example\n';
  for (const [name, expected] of [
    ['enf.example', ['192.0.2.1', '2001:db8::1']],
    ['Enf.Example.', ['192.0.2.1', '2001:db8::1']],
    ['example', []],
    ['192.0.2.1', []],
  ] as const) {
    it(`has ${expected.length} addresses for ${name}`, () =>
      assert.deepEqual(addressesInHosts(text, name), expected));
  }
});
