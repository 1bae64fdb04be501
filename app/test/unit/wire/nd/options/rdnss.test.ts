import assert from 'node:assert/strict';
import { InternalError } from '../../../../../src/core/errors.ts';
import {
  decodeNdOptions,
  encodeNdOptions,
} from '../../../../../src/wire/nd/options/option-list.ts';
import { itConverts, itRefuses } from '../../codec-table.ts';
import { bytes } from '../../hex.ts';

const first = '20010db8000000000000000000000053';
const second = 'fd000000000000000000000000000035';

describe('wire/nd/options/rdnss', () => {
  itConverts(decodeNdOptions, encodeNdOptions, [
    {
      name: 'one server',
      wire: `19 03 0000 00000708 ${first}`,
      value: [{ kind: 'rdnss', lifetime: 1800, servers: [bytes(first)] }],
    },
    {
      name: 'two servers, without end',
      wire: `19 05 0000 ffffffff ${first} ${second}`,
      value: [{ kind: 'rdnss', lifetime: 0xffffffff, servers: [bytes(first), bytes(second)] }],
    },
  ]);

  const what = 'ND RDNSS option';
  itRefuses(decodeNdOptions, [
    { name: 'no server', wire: '19 01 0000 00000708', what, offset: 1 },
    { name: 'half a server', wire: '19 02 0000 00000708 20010db800000000', what, offset: 1 },
    {
      name: 'one and a half',
      wire: `19 04 0000 00000708 ${first} 00000000 00000000`,
      what,
      offset: 1,
    },
  ]);

  for (const count of [0, 128]) {
    it(`calls ${count} servers a fault of ours`, () => {
      const servers = Array.from({ length: count }, () => bytes(first));
      assert.throws(
        () => encodeNdOptions([{ kind: 'rdnss', lifetime: 1, servers }]),
        InternalError,
      );
    });
  }
});
