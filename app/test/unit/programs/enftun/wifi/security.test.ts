import assert from 'node:assert/strict';
import { secretFrom, type Security } from '../../../../../src/programs/enftun/wifi/security.ts';
import { named } from './names.ts';

describe('wifi/security', () => {
  // IEEE 802.11-2020, annex J.4.2.
  for (const [password, ssid, psk] of [
    ['password', 'IEEE', 'f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e'],
    [
      'ThisIsAPassword',
      'ThisIsASSID',
      '0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af',
    ],
    [
      'a'.repeat(32),
      'Z'.repeat(32),
      'becb93866bb8c3832cb777c2f559807c8c59afcb6eae734885001300a981cc62',
    ],
  ] as const) {
    it(`derives the key of "${ssid}" as the standard does, and keeps nothing else for WPA2`, () => {
      assert.deepEqual(secretFrom(password, 'wpa2', named(ssid)), {
        ok: true,
        secret: { pskHex: psk, saeHex: undefined },
      });
    });
  }

  it('keeps key and password where both standards may be spoken', () => {
    const found = secretFrom('password', 'wpa2+wpa3', named('IEEE'));
    assert.ok(found.ok);
    assert.match(found.secret.pskHex ?? '', /^f42c6f/);
    assert.equal(Buffer.from(found.secret.saeHex ?? '', 'hex').toString(), 'password');
  });

  it('takes 64 hex digits for the key itself, for WPA2 alone', () => {
    const key = 'AB'.repeat(32);
    const found = secretFrom(key, 'wpa2', named('x'));
    assert.deepEqual(found, {
      ok: true,
      secret: { pskHex: key.toLowerCase(), saeHex: undefined },
    });
    const refused = secretFrom(key, 'wpa2+wpa3', named('x'));
    assert.ok(!refused.ok);
    assert.match(refused.problem, /--wpa2/);
  });

  it('takes any text for WPA3', () => {
    const found = secretFrom('Schlüssel', 'wpa3', named('x'));
    assert.deepEqual(found, {
      ok: true,
      secret: { pskHex: undefined, saeHex: Buffer.from('Schlüssel').toString('hex') },
    });
  });

  it('keeps no secret of an open network', () => {
    assert.deepEqual(secretFrom('', 'open', named('x')), {
      ok: true,
      secret: { pskHex: undefined, saeHex: undefined },
    });
  });

  for (const [password, security, problem] of [
    ['', 'wpa2', /empty/],
    ['', 'wpa2+wpa3', /empty/],
    ['', 'wpa3', /empty/],
    ['seven77', 'wpa2', /8 to 63 characters, this one has 7/],
    ['x'.repeat(64), 'wpa2', /this one has 64/],
    ['x'.repeat(64), 'wpa2+wpa3', /this one has 64/],
    ['Schlüssel', 'wpa2+wpa3', /ASCII/],
    ['tab\tulator', 'wpa2', /ASCII/],
    ['x'.repeat(129), 'wpa3', /128 bytes/],
    ['before\0after', 'wpa3', /zero byte/],
  ] as const satisfies (readonly [string, Security, RegExp])[]) {
    it(`refuses ${JSON.stringify(password)} for ${security}`, () => {
      const found = secretFrom(password, security, named('x'));
      assert.ok(!found.ok);
      assert.match(found.problem, problem);
      if (password !== '')
        assert.ok(!found.problem.includes(password), 'the password is not shown');
    });
  }
});
