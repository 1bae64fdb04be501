import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addressOfName } from '../../../src/identity/certificate-name.ts';
import { formatIpv6 } from '../../../src/wire/ipv6-address.ts';

describe('address in a common name', () => {
  const accepted: [name: string, text: string][] = [
    ['fd008f80000100000000000000001234', 'fd00:8f80:1::1234'],
    ['FD008F80000100000000000000001234', 'fd00:8f80:1::1234'],
    ['2001:0DB8:8000:0000:0123:4567:89AB:CDEF', '2001:db8:8000:0:123:4567:89ab:cdef'],
    ['2607:8f80::1', '2607:8f80::1'],
    ['fd::1', 'fd::1'],
  ];
  for (const [name, text] of accepted) {
    it(`${name} is ${text}`, () => {
      const result = addressOfName(name);
      assert.ok(result.ok);
      assert.equal(result.text, text);
      assert.equal(formatIpv6(result.address), text);
    });
  }

  const refused: [title: string, name: string | undefined, problem: RegExp][] = [
    ['no name', undefined, /is missing/],
    ['an empty name', '', /neither an IPv6 address nor 32 hex digits/],
    ['31 digits', 'fd008f8000010000000000000000123', /neither/],
    ['33 digits', 'fd008f800001000000000000000012345', /neither/],
    ['32 characters, one no digit', 'fd008f8000010000000000000000123g', /neither/],
    ['32 digits and a line end', 'fd008f80000100000000000000001234\n', /neither/],
    ['a colon that comes too late', 'fd008f:80::1', /neither/],
    ['a host name', 'router.enf.example', /neither/],
    ['an IPv4 address', '192.0.2.1', /neither/],
    ['a zone', '2607:8f80::1%eth0', /neither/],
    ['a prefix', '2607:8f80::/64', /neither/],
    ['46 characters', 'f'.repeat(46), /longer than 45/],
    ['the unspecified address', '::', /no tunnel can own/],
    ['the loopback address', '::1', /no tunnel can own/],
    ['a link-local address', 'fe80::1', /no tunnel can own/],
    ['a multicast address', 'ff02000000000000000000000000000a', /no tunnel can own/],
  ];
  for (const [title, name, problem] of refused) {
    it(`refuses ${title}`, () => {
      const result = addressOfName(name);
      assert.ok(!result.ok);
      assert.match(result.problem, problem);
    });
  }

  it('reads hex digits as the address with those bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 15, maxLength: 15 }), (rest) => {
        const address = Uint8Array.of(0x20, ...rest);
        const result = addressOfName(Buffer.from(address).toString('hex'));
        assert.ok(result.ok);
        assert.deepEqual(result.address, address);
      }),
    );
  });
});
