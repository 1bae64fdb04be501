import {
  decodeNdOptions,
  encodeNdOptions,
} from '../../../../../src/wire/nd/options/option-list.ts';
import { itConverts, itRefuses } from '../../codec-table.ts';
import { bytes } from '../../hex.ts';

describe('wire/nd/options/link-layer-address', () => {
  itConverts(decodeNdOptions, encodeNdOptions, [
    {
      name: 'the source',
      wire: '01 01 0242ac110002',
      value: [{ kind: 'source-link-layer-address', mac: bytes('0242ac110002') }],
    },
    {
      name: 'the target',
      wire: '02 01 0242ac110002',
      value: [{ kind: 'target-link-layer-address', mac: bytes('0242ac110002') }],
    },
  ]);

  const what = 'ND link-layer address option';
  itRefuses(decodeNdOptions, [
    { name: 'an address of 14 bytes', wire: `01 02 ${'00'.repeat(14)}`, what, offset: 1 },
  ]);
});
