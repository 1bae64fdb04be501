import {
  decodeNdOptions,
  encodeNdOptions,
} from '../../../../../src/wire/nd/options/option-list.ts';
import { itConverts, itRefuses } from '../../codec-table.ts';
import { bytes } from '../../hex.ts';

const prefix = '20010db8000100020000000000000000';

describe('wire/nd/options/prefix-information', () => {
  itConverts(decodeNdOptions, encodeNdOptions, [
    {
      name: 'an on-link prefix for SLAAC',
      wire: `03 04 40 c0 00278d00 00093a80 00000000 ${prefix}`,
      value: [
        {
          kind: 'prefix-information',
          prefix: bytes(prefix),
          prefixLength: 64,
          onLink: true,
          autonomous: true,
          validLifetime: 2592000,
          preferredLifetime: 604800,
        },
      ],
    },
    {
      name: 'a prefix without flags, without end',
      wire: `03 04 80 00 ffffffff ffffffff 00000000 ${prefix}`,
      value: [
        {
          kind: 'prefix-information',
          prefix: bytes(prefix),
          prefixLength: 128,
          onLink: false,
          autonomous: false,
          validLifetime: 0xffffffff,
          preferredLifetime: 0xffffffff,
        },
      ],
    },
  ]);

  const what = 'ND Prefix Information option';
  itRefuses(decodeNdOptions, [
    { name: 'length 1', wire: '03 01 40 c0 00278d00', what, offset: 1 },
    { name: 'length 5', wire: `03 05 40 c0 ${'00'.repeat(36)}`, what, offset: 1 },
    { name: '129 bits', wire: `03 04 81 00 ${'00'.repeat(28)}`, what, offset: 2 },
  ]);
});
