import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadConfig } from '../../../../src/config/load.ts';
import { planOf, serverInside } from '../../../../src/programs/setup/plan.ts';
import { scratchFolder } from '../../platform/scratch-folder.ts';
import { plan } from './plans.ts';

describe('setup/plan', () => {
  const folder = scratchFolder();
  function config(text: string) {
    const file = path.join(folder(), 'enf0.conf');
    writeFileSync(file, text);
    return loadConfig(file).config;
  }

  it('is the policy default without a word in the file', () => {
    assert.deepEqual(planOf(config(''), 'enftun'), plan());
  });

  it('writes prefixes as iproute2 does, each once, and keeps multicast apart', () => {
    const text = `route : { prefixes = [ "2607:8F80:0::1/32", "2607:8f80::/32", "2001:db8::7", "FF15::/16" ] };`;
    assert.deepEqual(planOf(config(text), 'root').prefixes, [
      { text: '2607:8f80::/32', isMulticast: false },
      { text: '2001:db8::7', isMulticast: false },
      { text: 'ff15::/16', isMulticast: true },
    ]);
  });

  it('takes a prefix of length 0 for the policy default', () => {
    assert.ok(planOf(config('route : { prefixes = [ "::/0" ] };'), 'root').isDefault);
  });

  const refused: [what: string, text: string, message: RegExp][] = [
    ['an Ethernet link', 'link : { type = "ethernet" };', /link\.type/],
    ['a name with a meaning to nftables', 'tun : { dev = "enf*" };', /tun\.dev/],
    ['a name that ends a quotation', `tun : { dev = "a\\"b" };`, /tun\.dev/],
    ['a name that iproute2 takes for a comment', 'tun : { dev = "a#b" };', /tun\.dev/],
    ['a name that looks like an option', 'tun : { dev = "-force" };', /tun\.dev/],
    ['a name of a folder beside the interfaces', 'tun : { dev = "all" };', /tun\.dev/],
    ['a trusted name', 'route : { trusted_interfaces = [ "e;x" ] };', /trusted_interfaces/],
    ['the tunnel as trusted', 'route : { trusted_interfaces = [ "enf0" ] };', /trusted_interfaces/],
    ['default without a mark', 'route : { fwmark = 0 };', /route\.fwmark/],
    ['default in table main', 'route : { table = 254 };', /route\.table/],
    ['link-local addresses', 'route : { prefixes = [ "fe80::/10" ] };', /route\.prefixes/],
    ['multicast of the link', 'route : { prefixes = [ "ff02::/16" ] };', /route\.prefixes/],
    ['IPv4 in an IPv6 prefix', 'route : { prefixes = [ "::ffff:0:0/96" ] };', /route\.prefixes/],
  ];
  for (const [what, text, message] of refused) {
    // errors.md: policy-unusable
    it(`refuses ${what}`, () => {
      assert.throws(() => planOf(config(text), 'root'), { code: 'CONFIG', message });
    });
  }

  it('finds a server that its own tunnel would carry', () => {
    const hosts = (host: string): string =>
      `remote : { hosts = [ "${host}" ] }; route : { prefixes = [ "2607:8f80::/32" ]; fwmark = 0; };`;
    assert.match(serverInside(config(hosts('2607:8f80::1'))) ?? '', /2607:8f80::1 lies inside/);
    const marked = hosts('2607:8f80::1').replace('fwmark = 0', 'fwmark = 7');
    assert.equal(serverInside(config(marked)), undefined);
    assert.equal(serverInside(config(hosts('2001:db8::1'))), undefined);
    assert.equal(serverInside(config(hosts('enf.example'))), undefined);
    assert.equal(serverInside(config('remote : { hosts = [ "2607:8f80::1" ] };')), undefined);
  });
});
