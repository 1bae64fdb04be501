import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseRule, refusal, type Rule } from '../../../../src/programs/psock-host/policy.ts';
import { addressText } from '../../../../src/programs/psock-host/address-bytes.ts';
import { translationLengths } from '../../../../src/programs/psock-host/embedded-ipv4.ts';
import { parseTranslationPrefix } from '../../../../src/programs/psock-host/policy.ts';
import { embed } from './embed.ts';
import { bytes } from './fake-network.ts';

function judge(
  address: Uint8Array,
  port: number,
  rules: readonly string[] = [],
  nat64: readonly string[] = [],
): string | undefined {
  return refusal(address, port, {
    rules: rules.map((rule) => {
      const parsed = parseRule(rule);
      assert.ok(parsed, `rule ${rule}`);
      return parsed;
    }),
    translationPrefixes: nat64.map((prefix) => {
      const parsed = parseTranslationPrefix(prefix);
      assert.ok(parsed, `prefix ${prefix}`);
      return parsed;
    }),
    ownAddresses: () => ['198.51.100.7', '2a00:1:2:3::7', 'fe80::1'].map(bytes),
  });
}
const why = (address: string, port = 443, ...rules: string[]): string | undefined =>
  judge(bytes(address), port, rules);

describe('where a card may connect to', () => {
  for (const [address, port] of [
    ['23.147.128.112', 443],
    ['23.147.128.112', 444],
    ['2a00:1450:4001::1', 443],
    ['2607:8f80::1', 444],
    ['64:ff9b::23.147.128.112', 443],
    ['::ffff:23.147.128.112', 443],
    ['3000::1', 443],
    ['2a00:1:2:3:0:5efe:23.147.128.112', 443],
    // Globally reachable inside of what is not
    ['192.0.0.9', 443],
    ['2001:4:112::1', 443],
    ['2001:20::1', 443],
    ['2620:4f:8000::1', 443],
    // Beside excluded blocks
    ['2001:200::1', 443],
    ['2001:db9::1', 443],
    ['2003::1', 443],
    ['3fff:1000::1', 443],
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
    ['169.254.169.254', 443, /link-local/],
    ['100.64.0.1', 443, /carrier-grade NAT/],
    ['224.0.0.1', 443, /multicast/],
    ['255.255.255.255', 443, /broadcast/],
    ['198.51.100.7', 443, /address of this machine/],
    ['::', 443, /unspecified/],
    ['::1', 443, /loopback/],
    ['fe80::1', 443, /address of this machine/],
    ['fe80::2', 443, /link-local/],
    ['fd00::1', 443, /unique local/],
    ['ff02::1', 443, /multicast/],
    ['2a00:1:2:3::7', 443, /address of this machine/],
    ['2001:db8::1', 443, /documentation/],
    // IPv4 in other clothes
    ['::ffff:127.0.0.1', 443, /loopback/],
    ['::ffff:192.168.1.1', 443, /private/],
    ['::ffff:198.51.100.7', 443, /address of this machine/],
    ['64:ff9b::10.0.0.1', 443, /private/],
    ['64:ff9b::127.0.0.1', 443, /loopback/],
    ['64:ff9b::198.51.100.7', 443, /address of this machine/],
    ['64:ff9b:1::10.0.0.1', 443, /local NAT64/],
    ['64:ff9b:1::23.147.128.112', 443, /local NAT64/],
    ['64:ff9b:1:a00:0:100::', 443, /local NAT64/],
    ['64:ff9b:1::127.0.0.1', 443, /contains 127\.0\.0\.1: loopback/],
    ['2002:0a00:0001::1', 443, /6to4/],
    ['2002:1793:8070::1', 443, /6to4/],
    ['2002:7f00:0001::1', 443, /contains 127\.0\.0\.1: loopback/],
    ['2001:0:1793:8070::e86c:7f8f', 443, /Teredo/],
    ['2001:0:1793:8070::80ff:fffe', 443, /contains 127\.0\.0\.1: loopback/],
    ['::a00:1', 443, /IPv4-compatible/],
    ['::1793:8070', 443, /IPv4-compatible/],
    ['::ffff:0:23.147.128.112', 443, /IPv4-translated/],
    ['2a00:1:2:3:0:5efe:10.0.0.1', 443, /contains 10\.0\.0\.1: private/],
    ['2a00:1:2:3:200:5efe:10.0.0.1', 443, /contains 10\.0\.0\.1: private/],
    ['2a00:1:2:3:0:5efe:198.51.100.7', 443, /address of this machine/],
    // Not assigned to anybody, or to something else than hosts
    ['4000::1', 443, /unassigned/],
    ['1000::1', 443, /unassigned/],
    ['e000::1', 443, /unassigned/],
    ['64:ff9b:0:1::1', 443, /unassigned/],
    ['fec0::1', 443, /site-local/],
    ['100::1', 443, /discard-only/],
    ['3fff::1', 443, /documentation/],
    ['3fff:fff::1', 443, /documentation/],
    ['5f00::1', 443, /segment routing/],
    ['2001:2::1', 443, /protocol/],
    ['2001:10::1', 443, /protocol/],
    ['192.0.0.8', 443, /protocol/],
    ['192.88.99.1', 443, /6to4 relay/],
    ['198.19.0.1', 443, /benchmarking/],
    ['203.0.113.1', 443, /documentation/],
    ['240.0.0.1', 443, /reserved/],
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
    assert.match(why('fd00:2::1', 443, 'fd00:1::/32') ?? 'open', /unique local/);
    assert.equal(why('::ffff:10.1.2.3', 443, '10.0.0.0/8'), undefined);
    assert.equal(why('64:ff9b::10.1.2.3', 443, '10.0.0.0/8'), undefined);
    assert.equal(why('64:ff9b:1::10.1.2.3', 443, '64:ff9b:1::/48'), undefined);
    assert.match(why('64:ff9b:1::10.1.2.3', 443, '10.0.0.0/8') ?? 'open', /local NAT64/);
    assert.match(why('2a00:1:2:3:0:5efe:10.1.2.3', 443, '10.0.0.0/8') ?? 'open', /private/);
  });

  it('inside a local NAT64 by what is behind it, once its prefix is known', () => {
    for (const prefix of ['fd64::/96', '64:ff9b:1::/96', '2a00:64::/32', '64:ff9b:1::/48']) {
      const [network = '', length] = prefix.split('/');
      const through = (ipv4: string, ...rules: string[]): string =>
        judge(embed(bytes(network), Number(length), bytes(ipv4)), 443, rules, [prefix]) ?? 'open';
      assert.equal(through('23.147.128.112'), 'open', prefix);
      assert.match(through('10.0.0.1'), /contains 10\.0\.0\.1: private/, prefix);
      assert.equal(through('10.0.0.1', '10.0.0.0/8'), 'open', prefix);
      assert.match(through('127.0.0.1', '::/0', '0.0.0.0/0'), /loopback/, prefix);
      assert.match(through('198.51.100.7', '::/0'), /address of this machine/, prefix);
    }
  });

  const fourBytes = fc.uint8Array({ minLength: 4, maxLength: 4 });
  const sixteenBytes = fc.uint8Array({ minLength: 16, maxLength: 16 });
  const isOpen = (address: Uint8Array): boolean => judge(address, 443) === undefined;

  it('of IPv6 only within 2000::/3, or behind the NAT64 of everybody', () => {
    fc.assert(
      fc.property(sixteenBytes, (address) => {
        if (!isOpen(address)) return;
        const isTranslated = addressText(address).startsWith('64:ff9b::');
        assert.ok((address[0]! & 0xe0) === 0x20 || isTranslated, addressText(address));
      }),
      { numRuns: 5000 },
    );
  });

  it('never by another spelling of an IPv4 address that is closed', () => {
    const spellings: ((four: Uint8Array) => Uint8Array)[] = [
      ...[
        '::',
        '::ffff:0:0',
        '::ffff:0:0:0',
        '64:ff9b::',
        '64:ff9b:1::',
        '2a00:1:2:3:0:5efe::',
      ].map((network) => (four: Uint8Array) => embed(bytes(network), 96, four)),
      ...[48, 56, 64].map(
        (length) => (four: Uint8Array) => embed(bytes('64:ff9b:1::'), length, four),
      ),
      (four) => Uint8Array.of(0x20, 0x02, ...four, ...new Array<number>(10).fill(1)),
      (four) => Uint8Array.of(0x20, 1, 0, 0, ...four, 0, 0, 0, 0, 0xf7, 0xf7, 0xf7, 0xf7),
      (four) => Uint8Array.of(0x20, 1, 0, 0, 8, 8, 8, 8, 0, 0, 0, 0, ...four.map((b) => b ^ 0xff)),
    ];
    const privates = fc
      .tuple(fc.constantFrom('10.0.0.0', '127.0.0.0', '192.168.0.0', '169.254.0.0'), fourBytes)
      .map(([network, four]) =>
        Uint8Array.of(...bytes(network).subarray(0, 2), ...four.subarray(2)),
      );
    fc.assert(
      fc.property(privates, fc.constantFrom(...spellings), (four, spell) => {
        assert.equal(isOpen(four), false);
        assert.equal(isOpen(spell(four)), false, addressText(spell(four)));
      }),
      { numRuns: 2000 },
    );
  });

  it('by no prefix of a NAT64 that leads to a closed IPv4 address, of whatever length', () => {
    const prefixes = fc.tuple(sixteenBytes, fc.constantFrom(...translationLengths));
    fc.assert(
      fc.property(prefixes, fourBytes, ([network, length], four) => {
        network[0] = 0x2a;
        const prefix = `${addressText(network)}/${length}`;
        const verdict = judge(embed(network, length, four), 443, [], [prefix]);
        assert.equal(verdict === undefined, isOpen(four));
      }),
      { numRuns: 2000 },
    );
  });

  it('never to this machine, whatever the rules', () => {
    const everything = ['0.0.0.0/0', '::/0'];
    for (const address of ['127.0.0.1', '198.51.100.7', '::1', '2a00:1:2:3::7', '::ffff:127.0.0.1'])
      assert.ok(why(address, 443, ...everything), address);
  });

  const prefixes: [text: string, isOne: boolean][] = [
    ['64:ff9b:1::/96', true],
    ['2a00:64::/32', true],
    ['2a00:64::/33', false],
    ['2a00:64::', false],
    ['10.0.0.0/32', false],
    ['2a00:64::/32:443', false],
    ['', false],
  ];
  for (const [text, isOne] of prefixes) {
    it(`the NAT64 prefix "${text}" is ${isOne ? 'understood' : 'refused'}`, () => {
      assert.equal(parseTranslationPrefix(text) !== undefined, isOne);
    });
  }

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
