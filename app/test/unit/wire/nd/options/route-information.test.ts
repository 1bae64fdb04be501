import assert from 'node:assert/strict';
import { InternalError } from '../../../../../src/core/errors.ts';
import {
  decodeNdOptions,
  encodeNdOptions,
} from '../../../../../src/wire/nd/options/option-list.ts';
import { itConverts, itRefuses } from '../../codec-table.ts';
import { bytes } from '../../hex.ts';

const own64 = 'fd008f80000100000000000000000000';

describe('wire/nd/options/route-information', () => {
  itConverts(decodeNdOptions, encodeNdOptions, [
    {
      name: 'a /64 in 16 prefix bytes',
      wire: `18 03 40 08 00000708 ${own64}`,
      value: [
        {
          kind: 'route-information',
          prefix: bytes(own64),
          prefixLength: 64,
          preference: 'high',
          routeLifetime: 1800,
        },
      ],
    },
    {
      name: 'a /64 in 8 prefix bytes',
      wire: '18 02 40 00 ffffffff fd008f8000010000',
      value: [
        {
          kind: 'route-information',
          prefix: bytes('fd008f8000010000'),
          prefixLength: 64,
          preference: 'medium',
          routeLifetime: 0xffffffff,
        },
      ],
    },
    {
      name: 'the default route without prefix bytes',
      wire: '18 01 00 18 00000000',
      value: [
        {
          kind: 'route-information',
          prefix: bytes(''),
          prefixLength: 0,
          preference: 'low',
          routeLifetime: 0,
        },
      ],
    },
    {
      name: 'the reserved preference, which a receiver must be able to see',
      wire: '18 01 00 10 00000000',
      value: [
        {
          kind: 'route-information',
          prefix: bytes(''),
          prefixLength: 0,
          preference: 'reserved',
          routeLifetime: 0,
        },
      ],
    },
  ]);

  const what = 'ND Route Information option';
  itRefuses(decodeNdOptions, [
    { name: 'a /1 without prefix bytes', wire: '18 01 01 00 00000000', what, offset: 1 },
    { name: 'a /65 in 8 bytes', wire: '18 02 41 00 00000000 fd008f8000010000', what, offset: 1 },
    { name: 'a /129', wire: `18 03 81 00 00000000 ${own64}`, what, offset: 1 },
    { name: 'length 4', wire: `18 04 40 00 00000000 ${own64} ${'00'.repeat(8)}`, what, offset: 1 },
  ]);

  for (const [prefixBytes, prefixLength] of [
    [7, 0],
    [8, 65],
    [16, 129],
    [16, -1],
    [16, 1.5],
  ] as const) {
    it(`calls a /${prefixLength} in ${prefixBytes} bytes a fault of ours`, () => {
      assert.throws(
        () =>
          encodeNdOptions([
            {
              kind: 'route-information',
              prefix: new Uint8Array(prefixBytes),
              prefixLength,
              preference: 'high',
              routeLifetime: 0,
            },
          ]),
        InternalError,
      );
    });
  }
});
