import {
  decodeNdOptions,
  encodeNdOptions,
} from '../../../../../src/wire/nd/options/option-list.ts';
import { itConverts, itRefuses } from '../../codec-table.ts';

describe('wire/nd/options/mtu', () => {
  itConverts(decodeNdOptions, encodeNdOptions, [
    { name: '1280', wire: '05 01 0000 00000500', value: [{ kind: 'mtu', mtuBytes: 1280 }] },
    {
      name: 'all bits',
      wire: '05 01 0000 ffffffff',
      value: [{ kind: 'mtu', mtuBytes: 0xffffffff }],
    },
  ]);

  itRefuses(decodeNdOptions, [
    { name: 'length 2', wire: `05 02 ${'00'.repeat(14)}`, what: 'ND MTU option', offset: 1 },
  ]);
});
