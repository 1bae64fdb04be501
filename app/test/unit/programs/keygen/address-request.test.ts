import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  covers,
  parseAddressRequest,
  parseNamedRequest,
} from '../../../../src/programs/keygen/address-request.ts';
import { formatIpv6, parseIpv6 } from '../../../../src/wire/ipv6-address.ts';

const address = (text: string) => parseIpv6(text)!;

describe('keygen/address-request', () => {
  for (const [text, request] of [
    ['2607:8f80:8080:7::1', { kind: 'address', text: '2607:8f80:8080:7::1' }],
    ['2607:8F80:8080:7::1/128', { kind: 'address', text: '2607:8F80:8080:7::1' }],
    ['2607:8f80:8080:7::/64', { kind: 'network', text: '2607:8f80:8080:7::/64' }],
    ['2607:8f80:8080:7:0:0:0:0/64', { kind: 'network', text: '2607:8f80:8080:7:0:0:0:0/64' }],
    ['auto', { kind: 'auto' }],
  ] as const) {
    it(`takes ${text}`, () => {
      assert.deepEqual(parseAddressRequest(text), { ok: true, request });
    });
  }

  for (const [text, problem] of [
    ['', /neither an IPv6 address nor a network; name an IPv6 address, a network such as/],
    ['2607:8f80:8080:7::/65', /is not a \/64/],
    ['2607:8f80:8080::/48', /is not a \/64/],
    ['2607:8f80:8080:7::1/64', /bits set behind its first 64/],
    ['2607:8f80:8080:7::/64/64', /neither/],
    ['2607:8f80:8080:7::1/', /is not a \/64/],
    ['192.0.2.1', /neither/],
    ['fe80::1%eth0', /neither/],
    ['automatic', /neither/],
    ['fe80::1', /link-local/],
    ['ff02::1', /multicast/],
    ['::1', /loopback/],
    ['fe80::/64', /not a network whose addresses can be assigned/],
    ['1234:1234:1234:1234:1234:1234:1234:1234/1234', /longer than 43 characters/],
  ] as const) {
    it(`refuses "${text}"`, () => {
      const result = parseAddressRequest(text);
      assert.ok(!result.ok);
      assert.match(result.problem, problem);
    });
  }

  it('takes every address that is not special, and no prefix but /64', () => {
    const global = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => {
      bytes[0] = 0x20 | (bytes[0]! & 0x0f); // 2000::/4
      return formatIpv6(bytes);
    });
    fc.assert(
      fc.property(global, fc.integer({ min: 0, max: 200 }), (text, length) => {
        assert.ok(parseNamedRequest(text).ok, text);
        const isTaken = parseNamedRequest(`${text}/${length}`).ok;
        assert.ok(!isTaken || length === 128 || length === 64);
      }),
    );
  });

  it('distinguishes the addresses that answer a request', () => {
    const network = { kind: 'network', text: '2607:8f80:8080:7::/64' } as const;
    assert.ok(covers(network, address('2607:8f80:8080:7::99')));
    assert.ok(!covers(network, address('2607:8f80:8080:8::99')));
    const one = { kind: 'address', text: '2607:8f80:8080:7::1' } as const;
    assert.ok(covers(one, address('2607:8f80:8080:7:0::1')));
    assert.ok(!covers(one, address('2607:8f80:8080:7::2')));
    assert.ok(covers({ kind: 'auto' }, address('2607:8f80:8080:7::2')));
  });
});
