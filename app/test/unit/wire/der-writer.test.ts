import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DerReader } from '../../../src/wire/der.ts';
import * as der from '../../../src/wire/der-writer.ts';
import { hex } from './hex.ts';

describe('wire/der-writer', () => {
  for (const [what, written, expected] of [
    ['an integer', der.integer(Uint8Array.of(2)), '020102'],
    ['a true value', der.boolean(true), '0101ff'],
    ['a false value', der.boolean(false), '010100'],
    ['bits, some of them unused', der.bitString(Uint8Array.of(0x80), 7), '03020780'],
    ['bytes', der.octetString(Uint8Array.of(1, 2)), '04020102'],
    ['text', der.utf8String('é'), '0c02c3a9'],
    ['an object identifier', der.objectId('1.2.840.10045.4.3.2'), '06082a8648ce3d040302'],
    ['an identifier below 2', der.objectId('2.5.4.3'), '0603550403'],
    ['a year of two digits', der.utcTime('260102030405Z'), '170d3236303130323033303430355a'],
    ['an explicit tag', der.explicit(0, der.integer(Uint8Array.of(2))), 'a003020102'],
    ['an implicit tag', der.implicit(2, Uint8Array.of(0x61)), '820161'],
    ['a sequence in a set', der.set([der.sequence([]), der.sequence([])]), '310430003000'],
  ] as const) {
    it(`writes ${what}`, () => assert.equal(hex(written), expected));
  }

  for (const [length, header] of [
    [127, '047f'],
    [128, '048180'],
    [255, '0481ff'],
    [256, '04820100'],
    [65_535, '0482ffff'],
  ] as const) {
    it(`writes a length of ${length} in as few bytes as it needs`, () => {
      const written = der.octetString(new Uint8Array(length));
      assert.equal(hex(written.subarray(0, header.length / 2)), header);
      assert.equal(written.length, header.length / 2 + length);
    });
  }

  it('writes what the reader reads', () => {
    const contents = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 });
    fc.assert(
      fc.property(contents, (parts) => {
        const reader = DerReader.inside(
          new DerReader(der.sequence(parts.map(der.octetString))).next(),
        );
        for (const part of parts) assert.deepEqual(reader.next().content, part);
        assert.ok(reader.atEnd);
      }),
    );
  });
});
