import assert from 'node:assert/strict';
import {
  embedIpv4,
  findNat64Prefixes,
  isWellKnownPrefix,
  type Nat64Prefix,
  type Nat64PrefixLength,
} from '../../../src/wire/nat64-prefix.ts';
import { formatIpv6, parseIpv6 } from '../../../src/wire/ipv6-address.ts';

function prefix(text: string, length: Nat64PrefixLength): Nat64Prefix {
  return { bytes: parseIpv6(text)!, length };
}

/** RFC 6052 section 2.4. */
const vectors: readonly [string, Nat64PrefixLength, string][] = [
  ['2001:db8::', 32, '2001:db8:c000:221::'],
  ['2001:db8:100::', 40, '2001:db8:1c0:2:21::'],
  ['2001:db8:122::', 48, '2001:db8:122:c000:2:2100::'],
  ['2001:db8:122:300::', 56, '2001:db8:122:3c0:0:221::'],
  ['2001:db8:122:344::', 64, '2001:db8:122:344:c0:2:2100:0'],
  ['2001:db8:122:344::', 96, '2001:db8:122:344::192.0.2.33'],
  ['64:ff9b::', 96, '64:ff9b::192.0.2.33'],
];

describe('NAT64 prefix', () => {
  for (const [text, length, expected] of vectors) {
    it(`${text}/${length} puts 192.0.2.33 where RFC 6052 says`, () => {
      const address = embedIpv4(prefix(text, length), [192, 0, 2, 33]);
      assert.equal(formatIpv6(address), formatIpv6(parseIpv6(expected)!));
    });

    it(`${text}/${length} is found in either record of ipv4only.arpa, or in both`, () => {
      const wanted = prefix(text, length);
      const records = [170, 171].map((last) => embedIpv4(wanted, [192, 0, 0, last]));
      for (const answer of [records, records.slice(0, 1), records.slice(1)]) {
        assert.deepEqual(findNat64Prefixes(answer), [wanted]);
      }
    });
  }

  it('that looks like the address itself is found with the help of the other record', () => {
    const wanted = prefix('2001:db8:c000:aa::', 96);
    const records = [170, 171].map((last) => embedIpv4(wanted, [192, 0, 0, last]));
    assert.deepEqual(findNat64Prefixes(records), [wanted]);
    assert.deepEqual(findNat64Prefixes(records.slice(0, 1)), [], 'and is not guessed');
  });

  it('is found for each of several translators, once', () => {
    const both = [prefix('2001:db8:1::', 96), prefix('64:ff9b::', 96)];
    const records = both.flatMap((each) =>
      [170, 171].map((last) => embedIpv4(each, [192, 0, 0, last])),
    );
    assert.deepEqual(findNat64Prefixes(records), both);
  });

  it('is in no address that lacks the well-known ones, or has something where zero must be', () => {
    for (const text of ['2001:db8::1', '64:ff9b::192.0.0.172', '2001:db8:122:344:1c0:0:aa00:0']) {
      assert.deepEqual(findNat64Prefixes([parseIpv6(text)!]), [], text);
    }
    assert.deepEqual(findNat64Prefixes([]), []);
  });

  it('64:ff9b::/96 is the well-known one', () => {
    assert.equal(isWellKnownPrefix(prefix('64:ff9b::', 96)), true);
    assert.equal(isWellKnownPrefix(prefix('64:ff9b::', 64)), false);
    assert.equal(isWellKnownPrefix(prefix('64:ff9b:1::', 96)), false);
  });
});
