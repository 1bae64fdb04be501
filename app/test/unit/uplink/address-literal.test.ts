import assert from 'node:assert/strict';
import { parseAddressLiteral, withoutZone } from '../../../src/uplink/address-literal.ts';

describe('address literals', () => {
  for (const [text, expected] of [
    ['192.0.2.1', true],
    ['2001:db8::1', true],
    ['fe80::1%eth0', true],
    ['fe80::1%2', true],
    ['fe80::1%wl_0', true],
    ['fe80::1%', false],
    ['fe80::1%a b', false],
    ['fe80::1%eth0%1', false],
    ['fe80::1%0123456789abcdef', false],
    ['192.0.2.1%eth0', false],
    ['192.0.2.256', false],
    ['enf.example', false],
    ['', false],
  ] as const) {
    it(`${JSON.stringify(text)}: ${expected}`, () =>
      assert.equal(parseAddressLiteral(text), expected ? text : undefined));
  }

  it('lose their zone', () => {
    assert.equal(withoutZone('fe80::1%wl_0'), 'fe80::1');
    assert.equal(withoutZone('192.0.2.1'), '192.0.2.1');
  });
});
