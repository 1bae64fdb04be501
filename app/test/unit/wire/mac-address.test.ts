import assert from 'node:assert/strict';
import fc from 'fast-check';
import { InternalError } from '../../../src/core/errors.ts';
import { formatMac, isUnicastMac, macEquals, parseMac } from '../../../src/wire/mac-address.ts';
import { bytes } from './hex.ts';

describe('wire/mac-address', () => {
  it('reads both notations and both cases', () => {
    const mac = bytes('0242ac11000f');
    assert.deepEqual(parseMac('02:42:ac:11:00:0f'), mac);
    assert.deepEqual(parseMac('02-42-AC-11-00-0F'), mac);
    assert.equal(formatMac(mac), '02:42:ac:11:00:0f');
  });

  const refused = {
    'five bytes': '02:42:ac:11:00',
    'seven bytes': '02:42:ac:11:00:02:03',
    'mixed separators': '02:42-ac:11:00:02',
    'one digit': '2:42:ac:11:00:02',
    'no separators': '0242ac110002',
    'space behind': '02:42:ac:11:00:02 ',
    'a line feed behind': '02:42:ac:11:00:02\n',
    'not hex': '02:42:ac:11:00:0g',
    nothing: '',
  };
  for (const [name, text] of Object.entries(refused)) {
    it(`refuses ${name}`, () => assert.equal(parseMac(text), undefined));
  }

  it('reads what it wrote', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (mac) => {
        assert.deepEqual(parseMac(formatMac(mac)), mac);
        assert.ok(macEquals(Uint8Array.of(9, ...mac), 1, mac));
      }),
    );
  });

  it('formats at an offset, and never past the end', () => {
    assert.equal(formatMac(bytes('00 0242ac110002'), 1), '02:42:ac:11:00:02');
    assert.throws(() => formatMac(bytes('0242ac1100')), InternalError);
  });

  it('distinguishes stations from groups', () => {
    assert.ok(isUnicastMac(bytes('0242ac110002')));
    assert.ok(isUnicastMac(bytes('ff 000000000001'), 1));
    assert.ok(!isUnicastMac(bytes('333300000001')), 'multicast');
    assert.ok(!isUnicastMac(bytes('ffffffffffff')), 'broadcast');
    assert.ok(!isUnicastMac(bytes('000000000000')), 'all zeros');
  });

  it('compares all six bytes', () => {
    assert.ok(!macEquals(bytes('0242ac110002'), 0, bytes('0242ac110003')));
    assert.ok(!macEquals(bytes('0042ac110002'), 0, bytes('0242ac110002')));
  });
});
