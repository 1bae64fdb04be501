import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseRoutePrefix, routePrefix } from '../../../src/router/route-prefix.ts';
import { hex } from './packets.ts';

describe('router/route-prefix', () => {
  const good: [text: string, address: string, length: number][] = [
    ['default', '00000000000000000000000000000000', 0],
    ['::/0', '00000000000000000000000000000000', 0],
    ['2607:8f80:8000::/36', '26078f80800000000000000000000000', 36],
    ['2607:8f80:ffff::1/36', '26078f80f00000000000000000000000', 36],
    ['fd00:8f80:1::1234', 'fd008f80000100000000000000001234', 128],
    ['fd00:8f80:1::1234/128', 'fd008f80000100000000000000001234', 128],
    ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/1', '80000000000000000000000000000000', 1],
  ];
  for (const [text, address, length] of good) {
    it(`reads ${text}`, () => {
      assert.deepEqual(parseRoutePrefix(text), { address: hex(address), length });
    });
  }

  const bad = [
    '',
    'Default',
    'default/0',
    '/64',
    '2607::/',
    '2607::/129',
    '2607::/-1',
    '2607::/+6',
    '2607::/6 4',
    '2607::/0x40',
    '2607::/0064',
    '2607::/64/64',
    '2607::%usb0/64',
    '10.0.0.0/8',
    'example.com',
    '2607:::/64',
  ];
  for (const text of bad) {
    it(`refuses "${text}"`, () => {
      assert.equal(parseRoutePrefix(text), undefined);
    });
  }

  it('keeps exactly the bits of the prefix, and leaves its input alone', () => {
    const addresses = fc.uint8Array({ minLength: 16, maxLength: 16 });
    const property = fc.property(addresses, fc.integer({ min: 0, max: 128 }), (address, length) => {
      const before = address.slice();
      const prefix = routePrefix(address, length);
      for (let bit = 0; bit < 128; bit += 1) {
        const mask = 0x80 >> (bit % 8);
        const expected = bit < length ? address[bit >> 3]! & mask : 0;
        assert.equal(prefix.address[bit >> 3]! & mask, expected);
      }
      assert.deepEqual(address, before);
    });
    fc.assert(property);
  });
});
