import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  countriesIn,
  knownCountries,
} from '../../../../../src/programs/enftun/wifi/regulatory-database.ts';

/** Magic, version 20, then DE, US and the end. */
const database = Buffer.from(
  '52474442 00000014 4445 0010 5553 0020 0000 0000 ffff'.replaceAll(' ', ''),
  'hex',
);

describe('wifi/regulatory-database', () => {
  it('reads the countries', () => {
    assert.deepEqual(countriesIn(database), new Set(['DE', 'US']));
  });

  for (const [what, bytes] of [
    ['another file', Buffer.alloc(64)],
    ['another version', Buffer.from(database).fill(0x15, 7, 8)],
    ['a file without an end', database.subarray(0, 16)],
    ['an empty file', Buffer.alloc(0)],
  ] as const) {
    it(`reads nothing from ${what}`, () => assert.equal(countriesIn(bytes), undefined));
  }

  it('takes any bytes', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void countriesIn(Buffer.from(bytes))));
  });

  it('reads nothing where there is no database', () => {
    assert.equal(knownCountries('/nowhere/regulatory.db'), undefined);
  });
});
