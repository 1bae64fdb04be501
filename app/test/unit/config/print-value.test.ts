import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadConfig } from '../../../src/config/load.ts';
import { printValue } from '../../../src/config/print-value.ts';
import { settingNames } from '../../../src/config/schema.ts';
import { scratchFolder } from '../platform/scratch-folder.ts';

describe('printed values', () => {
  const folder = scratchFolder();

  function print(text: string, key: string): string | undefined {
    const file = path.join(folder(), 'enf0.conf');
    writeFileSync(file, text);
    return printValue(loadConfig(file).values, key);
  }

  const rows: [text: string, key: string, expected: string | undefined][] = [
    ['', 'tun.dev', 'enf0'],
    ['tun = { ip_path = "/a b/ip" }', 'tun.ip_path', '/a b/ip'],
    ['', 'tun.ip_set', 'true'],
    ['tun = { set_address = false }', 'tun.ip_set', 'false'],
    ['tun = { ip_set = false }', 'tun.set_address', 'false'],
    ['', 'tun.lladdr', '(null)'],
    ['tun = { lladdr = "02-00-5E-10-00-01" }', 'tun.lladdr', '02:00:5e:10:00:01'],
    ['', 'link.type', 'tun'],
    ['', 'link.dev', 'enf0'],
    ['link = { type = "ethernet" }', 'link.dev', 'usb0'],
    ['remote = { hosts = [ "a", "::1" ] }', 'remote.hosts', 'a ::1'],
    ['remote = { hosts = [ "a" ] }', 'remote.host', 'a'],
    ['', 'remote.port', '443'],
    ['', 'remote.heartbeat_period', '300000'],
    ['route = { heartbeat_period = 200 }', 'remote.heartbeat_period', '200'],
    ['', 'route.fwmark', '363'],
    ['route = { fwmark = -1 }', 'route.fwmark', '-1'],
    ['route = { table = 0x10 }', 'route.table', '16'],
    ['', 'route.prefixes', 'default'],
    ['route = { prefixes = [ ] }', 'route.prefixes', ''],
    ['', 'route.trusted_interfaces', ''],
    ['', 'route.allow_ipv4', 'false'],
    ['route = { ra_period = 1 }', 'route.ra_period', '4000'],
    ['', 'identity.cert_file', '(null)'],
    ['identity = { cert_file = "enf0.crt.pem" }', 'identity.cert_file', 'enf0.crt.pem'],
    ['', 'identity.xtt.enable', '0'],
    ['identity = { xtt = {} }', 'identity.xtt.enable', '1'],
    ['', 'identity.xtt.remote_port', '444'],
    ['identity = { tpm = {} }', 'identity.tpm.enable', '1'],
    ['', 'identity.tpm.parent', '2164260865'],
    ['', 'tun', undefined],
    ['', 'identity.xtt', undefined],
    ['', 'toString', undefined],
    ['', '', undefined],
  ];
  for (const [text, key, expected] of rows) {
    it(`${key || 'no key'}${text && ` of ${text}`}: ${expected ?? 'unknown'}`, () => {
      assert.equal(print(text, key), expected);
    });
  }

  it('has one line for every key', () => {
    for (const name of settingNames) assert.match(print('', name) ?? '\n', /^[^\n]*$/, name);
  });
});
