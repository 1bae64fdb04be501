import assert from 'node:assert/strict';
import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { InternalError } from '../../../src/core/errors.ts';
import {
  addressEquals,
  allDhcpServers,
  allNodes,
  allRouters,
  formatIpv6,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isUnspecified,
  multicastScope,
  parseIpv6,
  routerAddress,
  solicitedNodeAddress,
  unspecifiedAddress,
} from '../../../src/wire/ipv6-address.ts';
import { bytes, hex } from './hex.ts';

const address = fc.uint8Array({ minLength: 16, maxLength: 16 });
/** Many zero groups, so that `::` and its ties come up. */
const sparseAddress = fc
  .array(fc.constantFrom(0, 0, 0, 1, 0xabc, 0xffff), { minLength: 8, maxLength: 8 })
  .map((groups) => Uint8Array.from(groups.flatMap((group) => [group >>> 8, group & 0xff])));

describe('wire/ipv6-address', () => {
  describe('text (RFC 5952)', () => {
    const rows: [text: string, canonical: string, wire: string][] = [
      ['::', '::', '00000000000000000000000000000000'],
      ['::1', '::1', '00000000000000000000000000000001'],
      ['FE80::1', 'fe80::1', 'fe800000000000000000000000000001'],
      [
        'fd00:8f80:0001:0000:0000:0000:0000:1234',
        'fd00:8f80:1::1234',
        'fd008f80000100000000000000001234',
      ],
      ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1', '20010db8000000010001000100010001'],
      ['1:0:0:2:3:0:0:4', '1::2:3:0:0:4', '00010000000000020003000000000004'],
      ['0:0:1:2:3:0:0:0', '0:0:1:2:3::', '00000000000100020003000000000000'],
      ['::ffff:192.0.2.1', '::ffff:c000:201', '00000000000000000000ffffc0000201'],
      ['64:ff9b::192.0.2.1', '64:ff9b::c000:201', '0064ff9b0000000000000000c0000201'],
    ];
    for (const [text, canonical, wire] of rows) {
      it(`reads ${text} and writes ${canonical}`, () => {
        const parsed = parseIpv6(text);
        assert.ok(parsed);
        assert.equal(hex(parsed), wire);
        assert.equal(formatIpv6(parsed), canonical);
      });
    }

    const refused = {
      'an empty text': '',
      'a zone': 'fe80::1%eth0',
      'a prefix length': 'fd00::/64',
      brackets: '[fd00::1]',
      'space before': ' ::1',
      'space behind': '::1 ',
      'a line feed behind': '::1\n',
      'two gaps': '1::2::3',
      'five digits': '12345::1',
      'seven groups': '1:2:3:4:5:6:7',
      'nine groups': '1:2:3:4:5:6:7:8:9',
      'a gap in nine groups': '1:2:3:4:5::6:7:8:9',
      'an IPv4 address': '192.0.2.1',
      'the deprecated IPv4-compatible form': '::192.0.2.1',
      'an octal IPv4 part': '::ffff:010.0.0.1',
      'a hexadecimal IPv4 part': '::ffff:0x10.0.0.1',
      'a short IPv4 part': '::ffff:1.2.3',
      'an IPv4 part over 255': '::ffff:1.2.3.256',
      'three colons': ':::1',
      'a colon at the end': '1:2:3:4:5:6:7:',
      'not hex': 'fd00::g',
    };
    for (const [name, text] of Object.entries(refused)) {
      it(`refuses ${name}`, () => assert.equal(parseIpv6(text), undefined));
    }

    it('writes what it read, for any address', () => {
      fc.assert(
        fc.property(fc.oneof(address, sparseAddress), (value) => {
          assert.deepEqual(parseIpv6(formatIpv6(value)), value);
        }),
      );
    });

    it('writes the same canonical text as the URL standard', () => {
      fc.assert(
        fc.property(fc.oneof(address, sparseAddress), (value) => {
          assert.equal(`[${formatIpv6(value)}]`, new URL(`http://[${formatIpv6(value)}]`).hostname);
        }),
      );
    });

    it('accepts nothing that the kernel would not', () => {
      const piece = fc.constantFrom('', '0', '1', 'ab', 'FFFF', '10000', '::', ':', '1.2.3.4', '.');
      const text = fc.oneof(
        fc.array(piece, { maxLength: 9 }).map((parts) => parts.join(':')),
        fc.array(piece, { maxLength: 9 }).map((parts) => parts.join('')),
        fc.string(),
      );
      fc.assert(
        fc.property(text, (value) => {
          if (parseIpv6(value) !== undefined) assert.ok(isIPv6(value), value);
        }),
        { numRuns: 2000 },
      );
    });

    it('formats at an offset, and never past the end', () => {
      const packet = bytes('60000000 00003aff fe800000000000000000000000000001');
      assert.equal(formatIpv6(packet, 8), 'fe80::1');
      assert.throws(() => formatIpv6(packet, 9), InternalError);
    });
  });

  it('recognizes the addresses of the link', () => {
    assert.equal(formatIpv6(routerAddress), 'fe80::1');
    assert.equal(formatIpv6(allNodes), 'ff02::1');
    assert.equal(formatIpv6(allRouters), 'ff02::2');
    assert.equal(formatIpv6(allDhcpServers), 'ff02::1:2');
    assert.equal(formatIpv6(unspecifiedAddress), '::');
  });

  describe('predicates', () => {
    const predicates = { isMulticast, isLinkLocal, isUnspecified, isLoopback };
    const rows: [text: string, holds: keyof typeof predicates | undefined][] = [
      ['ff00::', 'isMulticast'],
      ['ff02::1', 'isMulticast'],
      ['fe80::1', 'isLinkLocal'],
      ['febf:ffff::', 'isLinkLocal'],
      ['fec0::1', undefined],
      ['fe7f::1', undefined],
      ['::', 'isUnspecified'],
      ['::1', 'isLoopback'],
      ['::2', undefined],
      ['1::1', undefined],
      ['1::', undefined],
      ['fd00::1', undefined],
    ];
    for (const [text, holds] of rows) {
      it(`${text}: ${holds ?? 'none'}`, () => {
        const value = parseIpv6(text);
        assert.ok(value);
        const surrounded = new Uint8Array(20).fill(0xff);
        surrounded.set(value, 2);
        for (const [name, predicate] of Object.entries(predicates)) {
          assert.equal(predicate(value), name === holds, name);
          assert.equal(predicate(surrounded, 2), name === holds, `${name} at an offset`);
        }
      });
    }

    it('finds the scope of a multicast address', () => {
      assert.equal(multicastScope(parseIpv6('ff02::1')!), 2);
      assert.equal(multicastScope(parseIpv6('ff1e::1')!), 14);
    });

    it('addressEquals sees a difference in every byte', () => {
      fc.assert(
        fc.property(address, fc.nat(15), fc.integer({ min: 1, max: 255 }), (value, at, change) => {
          const buffer = new Uint8Array(18);
          buffer.set(value, 1);
          assert.ok(addressEquals(buffer, 1, value));
          buffer[1 + at]! ^= change;
          assert.ok(!addressEquals(buffer, 1, value));
        }),
      );
    });
  });

  it('makes the solicited-node group (RFC 4291 section 2.7.1)', () => {
    const group = solicitedNodeAddress(parseIpv6('4037::01:800:200e:8c6c')!);
    assert.equal(formatIpv6(group), 'ff02::1:ff0e:8c6c');
    assert.equal(formatIpv6(solicitedNodeAddress(routerAddress)), 'ff02::1:ff00:1');
  });
});
