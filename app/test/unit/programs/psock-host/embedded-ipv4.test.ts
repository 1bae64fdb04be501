import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addressText } from '../../../../src/programs/psock-host/address-bytes.ts';
import {
  embeddedIpv4,
  translated,
  translatedIpv4,
  translationLengths,
} from '../../../../src/programs/psock-host/embedded-ipv4.ts';
import { bytes } from './fake-network.ts';
import { embed } from './embed.ts';

const inside = (address: string): string[] => embeddedIpv4(bytes(address)).map(addressText);

describe('IPv4 addresses inside of IPv6 addresses', () => {
  // RFC 6052, 2.4.
  for (const [length, address] of [
    [32, '2001:db8:c000:221::'],
    [40, '2001:db8:1c0:2:21::'],
    [48, '2001:db8:122:c000:2:2100::'],
    [56, '2001:db8:122:3c0:0:221::'],
    [64, '2001:db8:122:344:c0:2:2100::'],
    [96, '2001:db8:122:344::c000:221'],
  ] as const) {
    it(`are translated behind a prefix of ${length} bits`, () => {
      assert.equal(addressText(translated(bytes(address), length)), '192.0.2.33');
    });
  }

  it('are what was put there, whatever the prefix', () => {
    const address = fc.uint8Array({ minLength: 16, maxLength: 16 });
    const ipv4 = fc.uint8Array({ minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(address, ipv4, fc.constantFrom(...translationLengths), (prefix, four, length) => {
        const whole = embed(prefix, length, four);
        assert.deepEqual(translated(whole, length), four);
        assert.deepEqual(translatedIpv4(whole, [{ network: prefix, length }]), four);
      }),
    );
  });

  const rows: [what: string, address: string, ...expected: string[]][] = [
    ['mapped', '::ffff:192.0.2.33', '192.0.2.33'],
    ['compatible', '::c000:221', '192.0.2.33'],
    ['translated by SIIT', '::ffff:0:192.0.2.33', '192.0.2.33'],
    ['6to4', '2002:c000:221::1', '192.0.2.33'],
    ['Teredo, server and client', '2001:0:c000:221::3fff:fdd4', '192.0.2.33', '192.0.2.43'],
    ['ISATAP', '2a00:1:2:3:0:5efe:192.0.2.33', '192.0.2.33'],
    ['ISATAP with the universal bit', '2a00:1:2:3:200:5efe:192.0.2.33', '192.0.2.33'],
    ['ISATAP on the link', 'fe80::5efe:192.0.2.33', '192.0.2.33'],
    ['local NAT64 of 96 bits', '64:ff9b:1::10.0.0.1', '10.0.0.1'],
    ['local NAT64 of 96 bits, further on', '64:ff9b:1:7:0:8:10.0.0.1', '10.0.0.1'],
    ['local NAT64 of 48 bits', '64:ff9b:1:c0a8:1:700::', '192.168.1.7', '168.1.7.0', '1.7.0.0'],
    ['local NAT64 of 56 bits', '64:ff9b:1:c0:a8:107::', '192.168.1.7', '168.1.7.0'],
    ['local NAT64 of 64 bits', '64:ff9b:1:0:c0:a801:700::', '192.168.1.7', '7.0.0.0'],
    ['none in an ordinary address', '2a00:1450:4001::1'],
    ['none beside the identifier of ISATAP', '2a00:1:2:3:100:5efe:a00:1'],
  ];
  for (const [what, address, ...expected] of rows) {
    it(`are found: ${what}`, () => assert.deepEqual(inside(address), expected));
  }

  it('are not looked for in IPv4', () => {
    assert.deepEqual(embeddedIpv4(bytes('10.0.0.1')), []);
  });

  it('are found behind a local NAT64 of every length, zeros in it or not', () => {
    const ipv4 = fc.uint8Array({ minLength: 4, maxLength: 4 }).filter(([first]) => first !== 0);
    const lengths = fc.constantFrom(...translationLengths.filter((length) => length >= 48));
    fc.assert(
      fc.property(ipv4, lengths, (four, length) => {
        const found = embeddedIpv4(embed(bytes('64:ff9b:1::'), length, four));
        assert.ok(found.some((one) => one.join() === four.join()));
      }),
    );
  });
});
