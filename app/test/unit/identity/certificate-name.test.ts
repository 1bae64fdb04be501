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
    ['64:ff9b:2::1', '64:ff9b:2::1'],
    ['fde7:c3f9:6d0e:1::1', 'fde7:c3f9:6d0e:1::1'],
    ['fe40::1', 'fe40::1'],
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
    ['the unspecified address', '::', /is the unspecified address, which no tunnel can own/],
    ['the loopback address', '::1', /is the loopback address/],
    ['a link-local address', 'fe80::1', /is a link-local address/],
    ['the last link-local address', `febf${'f'.repeat(28)}`, /is a link-local address/],
    ['a site-local address', 'fec0::1', /is a site-local address/],
    ['a multicast address', 'ff02000000000000000000000000000a', /is a multicast address/],
    ['an IPv4-mapped address', '::ffff:192.0.2.1', /is an IPv4-mapped address/],
    ['an IPv4-compatible address', '::c000:201', /is an IPv4-compatible address/],
    ['an address behind NAT64', '64:ff9b::c000:201', /is an IPv4 address behind NAT64/],
    ['one behind a local NAT64', '64:ff9b:1:ffff::c000:201', /is an IPv4 address behind NAT64/],
    ['an address of the discard prefix', '100::1', /whose packets are discarded/],
    ["the page's address", 'fde7:c3f9:6d0e::1', /is in the network of the card's own page/],
    ["another one beside the page's", 'fde7:c3f9:6d0e::2', /the card's own page/],
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
