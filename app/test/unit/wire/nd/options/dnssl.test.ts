import assert from 'node:assert/strict';
import { InternalError } from '../../../../../src/core/errors.ts';
import {
  decodeNdOptions,
  encodeNdOptions,
} from '../../../../../src/wire/nd/options/option-list.ts';
import { itConverts, itRefuses } from '../../codec-table.ts';
import { bytes } from '../../hex.ts';

describe('wire/nd/options/dnssl', () => {
  itConverts(decodeNdOptions, encodeNdOptions, [
    {
      name: 'one name that fills its units',
      wire: '1f 02 0000 00000708 0661626364656600',
      value: [{ kind: 'dnssl', lifetime: 1800, names: ['abcdef'] }],
    },
    {
      name: 'two names with padding',
      wire: '1f 03 0000 00000708 03656e66 036e6574 00 016100 00000000',
      value: [{ kind: 'dnssl', lifetime: 1800, names: ['enf.net', 'a'] }],
    },
  ]);

  it('accepts more padding than needed', () => {
    assert.deepEqual(decodeNdOptions(bytes('1f 03 0000 00000708 016100', '00'.repeat(13))), [
      { kind: 'dnssl', lifetime: 1800, names: ['a'] },
    ]);
  });

  const what = 'ND DNSSL option';
  itRefuses(decodeNdOptions, [
    { name: 'no name', wire: '1f 01 0000 00000708', what, offset: 8 },
    { name: 'padding alone', wire: '1f 02 0000 00000708 0000000000000000', what, offset: 8 },
    {
      name: 'a name without its end',
      wire: '1f 02 0000 00000708 0761626364656667',
      what,
      offset: 8,
    },
    {
      name: 'padding with content',
      wire: '1f 02 0000 00000708 0161 00 0000000001',
      what,
      offset: 7,
    },
    {
      name: 'a compression pointer',
      wire: '1f 02 0000 00000708 0161 c000 00000000',
      what,
      offset: 2,
    },
  ]);

  it('calls no names, and names over one option, a fault of ours', () => {
    const long = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}`;
    for (const names of [[], new Array<string>(11).fill(long)]) {
      assert.throws(() => encodeNdOptions([{ kind: 'dnssl', lifetime: 1, names }]), InternalError);
    }
  });
});
