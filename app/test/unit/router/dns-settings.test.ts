import assert from 'node:assert/strict';
import { limitDns } from '../../../src/router/dns-settings.ts';
import { ip } from './packets.ts';
import { domainNames } from './domain-names.ts';

describe('router/dns-settings', () => {
  it('takes a usual configuration as it is', () => {
    const servers = [ip('fd00::53'), ip('2001:db8::53')];
    const search = domainNames('enf.example', 'example.');
    assert.deepEqual(limitDns(servers, search), { servers, search, omitted: [] });
  });

  it('takes the first eight servers and says so', () => {
    const servers = Array.from({ length: 9 }, (_, i) => ip(`fd00::${i + 1}`));
    const dns = limitDns(servers, []);
    assert.deepEqual(dns.servers, servers.slice(0, 8));
    assert.deepEqual(dns.omitted, ['route.dns_servers: only the first 8 of 9 are announced']);
  });

  it('leaves out a name that does not fit 256 bytes, but not a shorter one behind it', () => {
    const long = domainNames(
      ...['a', 'b', 'c'].map((letter) => `${letter.repeat(60)}.${letter.repeat(60)}.example`),
    );
    const dns = limitDns([], [...long, ...domainNames('short.example')]);
    assert.deepEqual(dns.search, [long[0], 'short.example']);
    assert.equal(dns.omitted.length, 2);
    assert.match(dns.omitted[0]!, /bbb.* does not fit/);
  });

  it('takes a search list of exactly 256 bytes, and not one of 257', () => {
    // 61 letters, the final zero and two length bytes: 64 bytes each.
    const names = domainNames(
      ...['a', 'b', 'c', 'd'].map((letter) => `${letter}.${letter.repeat(60)}`),
    );
    assert.deepEqual(limitDns([], names).search, names);
    const longer = [...names.slice(0, 3), ...domainNames(`d.${'d'.repeat(61)}`)];
    assert.deepEqual(limitDns([], longer).search, names.slice(0, 3));
  });

  it('copies the addresses', () => {
    const server = ip('fd00::53');
    const dns = limitDns([server], []);
    server.fill(0);
    assert.deepEqual(dns.servers, [ip('fd00::53')]);
  });
});
