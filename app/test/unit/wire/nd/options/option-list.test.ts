import assert from 'node:assert/strict';
import fc from 'fast-check';
import { InternalError } from '../../../../../src/core/errors.ts';
import {
  decodeNdOptions,
  encodeNdOptions,
  findNdOption,
  maxNdOptions,
} from '../../../../../src/wire/nd/options/option-list.ts';
import { itConverts, itRefuses, parseErrorOf } from '../../codec-table.ts';
import { bytes } from '../../hex.ts';
import { ndOptions } from '../arbitraries.ts';

describe('wire/nd/options/option-list', () => {
  itConverts(decodeNdOptions, encodeNdOptions, [
    { name: 'no option', wire: '', value: [] },
    {
      name: 'unknown options, raw and in order',
      wire: '0e 01 a1a2a3a4a5a6  05 01 0000 00000500  00 02 0102030405060708090a0b0c0d0e',
      value: [
        { kind: 'unknown', type: 14, data: bytes('a1a2a3a4a5a6') },
        { kind: 'mtu', mtuBytes: 1280 },
        { kind: 'unknown', type: 0, data: bytes('0102030405060708090a0b0c0d0e') },
      ],
    },
    {
      name: 'the longest option',
      wire: `ff ff ${'ab'.repeat(2038)}`,
      value: [{ kind: 'unknown', type: 255, data: new Uint8Array(2038).fill(0xab) }],
    },
  ]);

  const what = 'ND options';
  itRefuses(decodeNdOptions, [
    { name: 'length 0', wire: '05 00 0000 00000500', what, offset: 1 },
    { name: 'length 0 behind a good option', wire: '05 01 0000 00000500 01 00', what, offset: 9 },
    { name: 'a type alone', wire: '05', what, offset: 1 },
    { name: 'an option past the end', wire: '05 01 0000 000005', what, offset: 7 },
    { name: 'the longest length', wire: '0e ff 000000000000', what, offset: 8 },
    {
      name: 'one option too many',
      wire: '0e 01 000000000000'.repeat(maxNdOptions + 1),
      what,
      offset: 8 * maxNdOptions,
    },
  ]);

  it('finds the first option of a kind', () => {
    const options = decodeNdOptions(
      bytes('05 01 0000 00000500 02 01 0242ac110002 05 01 0000 00000600'),
    );
    assert.equal(findNdOption(options, 'mtu')?.mtuBytes, 1280);
    assert.deepEqual(
      findNdOption(options, 'target-link-layer-address')?.mac,
      bytes('0242ac110002'),
    );
    assert.equal(findNdOption(options, 'source-link-layer-address'), undefined);
  });

  it('calls raw data of the wrong size, and too many options, a fault of ours', () => {
    const raw = { kind: 'unknown', type: 14, data: bytes('00') } as const;
    assert.throws(() => encodeNdOptions([raw]), InternalError);
    assert.throws(() => encodeNdOptions([{ ...raw, data: new Uint8Array(2046) }]), InternalError);
    const many = Array.from(
      { length: maxNdOptions + 1 },
      () => ({ kind: 'mtu', mtuBytes: 1 }) as const,
    );
    assert.throws(() => encodeNdOptions(many), InternalError);
  });

  it('decodes what it encoded, for any options', () => {
    fc.assert(
      fc.property(ndOptions, (options) => {
        assert.deepEqual(decodeNdOptions(encodeNdOptions(options)), options);
      }),
    );
  });

  it('throws nothing but ParseError, and what it decodes stays the same', () => {
    const almost = fc
      .array(
        fc
          .tuple(fc.constantFrom(1, 2, 3, 5, 14, 24, 25, 31), fc.integer({ min: 1, max: 5 }))
          .chain(([type, units]) =>
            fc
              .uint8Array({ minLength: units * 8 - 2, maxLength: units * 8 - 2 })
              .map((data) => [type, units, ...data]),
          ),
        { maxLength: 4 },
      )
      .map((options) => Uint8Array.from(options.flat()));
    fc.assert(
      fc.property(fc.oneof(almost, fc.uint8Array({ maxLength: 60 })), (wire) => {
        let options: ReturnType<typeof decodeNdOptions> = [];
        if (parseErrorOf(() => (options = decodeNdOptions(wire)))) return;
        assert.deepEqual(decodeNdOptions(encodeNdOptions(options)), options);
      }),
      { numRuns: 2000 },
    );
  });
});
