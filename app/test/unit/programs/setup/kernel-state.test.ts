/** With what iproute2 6.1 and 6.15, and nftables 1.0.6 print. */
import assert from 'node:assert/strict';
import {
  firewallsIn,
  groupsOf,
  linkState,
  parseJson,
  routesIn,
  rulesIn,
} from '../../../../src/programs/setup/kernel-state.ts';
import { firewallOf } from '../../../../src/programs/setup/firewall.ts';
import { routesOf, rulesOf } from '../../../../src/programs/setup/routing.ts';
import { plan } from './plans.ts';

describe('setup/kernel-state', () => {
  it('recognizes our rules, whatever protocol they carry', () => {
    const rules = [
      { priority: 2091, src: 'all', fwmark: '0x16b', table: '254', protocol: '2' },
      {
        priority: 2092,
        src: 'all',
        table: '254',
        suppress_prefixlen: 0,
        suppress_ifgroup: '0',
        protocol: '3',
      },
      { priority: 2097, not: null, src: 'all', fwmark: '0x16b', table: '2097', protocol: '2' },
    ];
    const dhcp = {
      priority: 2090,
      src: 'all',
      ipproto: 'ipproto-17',
      sport: 68,
      dport: 67,
      table: '254',
    };
    const ours = new Set(rulesOf(plan({ trusted: ['lan'] })).map(({ key }) => key));
    for (const newer of [{}, { sport_mask: '0xffff', dport_mask: '0xffff' }]) {
      const ipv4 = rulesIn(4, [{ ...dhcp, ...newer }, ...rules]);
      const found = [...ipv4, ...rulesIn(6, rules)].map(({ key }) => key);
      assert.deepEqual(new Set(found), ours);
    }
  });

  it('names UDP by its number, which needs no file', () => {
    const words = rulesOf(plan()).map((rule) => rule.words);
    assert.ok(words.some((text) => text.includes(' ipproto 17 ')));
    assert.ok(!words.join(' ').includes('udp'));
  });

  it('distinguishes a rule with one member more from ours', () => {
    const foreign = {
      priority: 2097,
      not: null,
      src: 'all',
      iif: 'lan',
      fwmark: '0x16b',
      table: '2097',
    };
    const [found] = rulesIn(6, [foreign]);
    assert.ok(!rulesOf(plan()).some(({ key }) => key === found!.key));
  });

  it('recognizes our routes', () => {
    const ipv6 = [
      { type: '1', dst: 'ff00::/8', dev: 'enf0', table: '255', metric: 50, pref: 'high' },
      { type: '1', dst: 'default', dev: 'enf0', table: '2097', metric: 1024, flags: ['linkdown'] },
      { type: '7', dst: 'default', dev: 'lo', table: '2097', metric: 2147483647 },
    ];
    const found = [
      ...routesIn(6, ipv6),
      ...routesIn(4, [{ type: '6', dst: 'default', table: '2097', protocol: '2', flags: [] }]),
    ].map(({ key }) => key);
    assert.deepEqual(new Set(found), new Set(routesOf(plan()).map(({ key }) => key)));
    const [foreign] = routesIn(6, [{ ...ipv6[1], gateway: 'fe80::1' }]);
    assert.ok(!found.includes(foreign!.key));
  });

  it('reads the interface and the groups', () => {
    const links = [
      { ifname: 'lo', flags: ['LOOPBACK', 'UP'], group: '0' },
      {
        ifname: 'enf0',
        flags: ['NO-CARRIER', 'UP'],
        mtu: 1280,
        group: '363',
        linkinfo: {
          info_kind: 'tun',
          info_data: { type: 'tun', persist: true, user: 'enftun' },
        },
        ifalias: 'enftun-setup',
      },
    ];
    assert.deepEqual(linkState(links, 'enf0'), {
      isTun: true,
      isPersistent: true,
      owner: 'enftun',
      mtu: 1280,
      isUp: true,
      alias: 'enftun-setup',
    });
    assert.equal(linkState(links, 'enf1'), undefined);
    assert.deepEqual(
      [...groupsOf(links)],
      [
        ['lo', 0],
        ['enf0', 363],
      ],
    );
  });

  describe('the firewall', () => {
    const { stamp, table } = firewallOf(plan(), []);
    const chains = ['input', 'output', 'forward'].map((hook) => ({
      chain: { family: 'inet', table, name: hook, hook, policy: 'drop' },
    }));
    const rule = { rule: { family: 'inet', table, chain: 'input' } };
    const rules = [
      { rule: { ...rule.rule, comment: stamp } },
      ...Array.from({ length: 18 }, () => rule),
    ];
    const nftables = [{ table: { family: 'inet', name: table } }, ...chains, ...rules];
    const stampOf = (entries: unknown[]) => firewallsIn({ nftables: entries }).get(table);

    it('has its stamp while it is whole', () => assert.equal(stampOf(nftables), stamp));
    it('has none with a rule less', () => assert.equal(stampOf(nftables.slice(0, -1)), undefined));
    it('has none with a rule more', () => assert.equal(stampOf([...nftables, rule]), undefined));
    it('has none when a chain accepts by default', () => {
      const open = { chain: { ...chains[0]!.chain, policy: 'accept' } };
      assert.equal(stampOf([nftables[0], open, ...chains.slice(1), ...rules]), undefined);
    });
    it('is not there where nothing is', () => {
      assert.equal(firewallsIn({ nftables: [] }).has(table), false);
    });
  });

  it('takes no output for an empty list, and refuses what is not JSON', () => {
    assert.deepEqual(parseJson('\n', 'ip'), []);
    assert.throws(() => parseJson('Option "-json" is unknown', 'ip'), { code: 'ENVIRONMENT' });
  });
});
