import assert from 'node:assert/strict';
import { parseRule, refusal, type Rule } from '../../src/index.ts';

import { bytes } from './fake-network.ts';

const why = (address: string, port = 443, ...rules: string[]): string | undefined =>
  refusal(bytes(address), port, {
    rules: rules.map((rule) => {
      const parsed = parseRule(rule);
      assert.ok(parsed, `rule ${rule}`);
      return parsed;
    }),
    ownAddresses: () => ['198.51.100.7', '2a00:1:2:3::7', 'fe80::1'].map(bytes),
  });

describe('where a card may connect to', () => {
  for (const [address, port] of [
    ['23.147.128.112', 443],
    ['23.147.128.112', 444],
    ['2a00:1450:4001::1', 443],
    ['2607:8f80::1', 444],
    ['64:ff9b::23.147.128.112', 443],
  ] as const) {
    it(`${address} port ${port}`, () => assert.equal(why(address, port), undefined));
  }

  const closed: [address: string, port: number, reason: RegExp][] = [
    ['23.147.128.112', 80, /port 80/],
    ['23.147.128.112', 0, /port 0/],
    ['127.0.0.1', 443, /loopback/],
    ['127.255.255.255', 443, /loopback/],
    ['0.0.0.0', 443, /unspecified/],
    ['10.0.0.1', 443, /private/],
    ['172.16.0.1', 443, /private/],
    ['192.168.1.1', 443, /private/],
    ['169.254.169.254', 443, /linkLocal/],
    ['100.64.0.1', 443, /carrierGradeNat/],
    ['224.0.0.1', 443, /multicast/],
    ['255.255.255.255', 443, /broadcast/],
    ['198.51.100.7', 443, /address of this machine/],
    ['::', 443, /unspecified/],
    ['::1', 443, /loopback/],
    ['fe80::1', 443, /address of this machine/],
    ['fe80::2', 443, /linkLocal/],
    ['fd00::1', 443, /uniqueLocal/],
    ['ff02::1', 443, /multicast/],
    ['2a00:1:2:3::7', 443, /address of this machine/],
    ['2001:db8::1', 443, /reserved/],
    // IPv4 in other clothes
    ['::ffff:127.0.0.1', 443, /loopback/],
    ['::ffff:192.168.1.1', 443, /private/],
    ['::ffff:198.51.100.7', 443, /address of this machine/],
    ['64:ff9b::10.0.0.1', 443, /private/],
    ['64:ff9b::127.0.0.1', 443, /loopback/],
    ['2002:0a00:0001::1', 443, /6to4/],
  ];
  for (const [address, port, reason] of closed) {
    it(`not ${address} port ${port}`, () => assert.match(why(address, port) ?? 'open', reason));
  }

  it('where a rule says so, and not beside it', () => {
    assert.equal(why('10.1.2.3', 443, '10.0.0.0/8'), undefined);
    assert.equal(why('10.1.2.3', 22, '10.0.0.0/8'), undefined);
    assert.equal(why('10.1.2.3', 443, '10.1.2.3'), undefined);
    assert.equal(why('fd00:1::1', 8443, '[fd00:1::/32]:8443'), undefined);
    assert.match(why('10.1.2.3', 443, '10.1.2.4') ?? 'open', /private/);
    assert.match(why('11.1.2.3', 80, '10.0.0.0/8') ?? 'open', /port 80/);
    assert.match(why('10.1.2.3', 22, '10.0.0.0/8:443') ?? 'open', /private/);
    assert.match(why('fd00:2::1', 443, 'fd00:1::/32') ?? 'open', /uniqueLocal/);
  });

  it('never to this machine, whatever the rules', () => {
    const everything = ['0.0.0.0/0', '::/0'];
    for (const address of ['127.0.0.1', '198.51.100.7', '::1', '2a00:1:2:3::7', '::ffff:127.0.0.1'])
      assert.ok(why(address, 443, ...everything), address);
  });

  const rules: [text: string, rule: Omit<Rule, 'network'> | undefined][] = [
    ['192.0.2.1', { prefixLength: 32, port: undefined }],
    ['192.0.2.1:443', { prefixLength: 32, port: 443 }],
    ['192.0.2.0/24:443', { prefixLength: 24, port: 443 }],
    ['2001:db8::1', { prefixLength: 128, port: undefined }],
    ['[2001:db8::]/32', undefined],
    ['[2001:db8::/32]', { prefixLength: 32, port: undefined }],
    ['[2001:db8::1]:65535', { prefixLength: 128, port: 65535 }],
    ['', undefined],
    ['enf.example', undefined],
    ['1', undefined],
    ['192.0.2.1/33', undefined],
    ['192.0.2.1/', undefined],
    ['192.0.2.1/8/8', undefined],
    ['192.0.2.1:0', undefined],
    ['192.0.2.1:65536', undefined],
    ['fe80::1%eth0', undefined],
  ];
  for (const [text, expected] of rules) {
    it(`the rule "${text}" ${expected ? 'is understood' : 'is refused'}`, () => {
      const rule = parseRule(text);
      const { prefixLength, port } = rule ?? {};
      assert.deepEqual(rule && { prefixLength, port }, expected);
    });
  }
});
