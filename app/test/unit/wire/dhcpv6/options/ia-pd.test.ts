import {
  decodeDhcpv6Options,
  encodeDhcpv6Options,
} from '../../../../../src/wire/dhcpv6/options/option-list.ts';
import { itConverts, itRefuses } from '../../codec-table.ts';
import { bytes } from '../../hex.ts';

describe('wire/dhcpv6/options/ia-pd', () => {
  itConverts(decodeDhcpv6Options, encodeDhcpv6Options, [
    {
      name: 'an empty one',
      wire: '0019 000c 00000001 00000000 00000000',
      value: [{ kind: 'ia-pd', iaid: 1, t1: 0, t2: 0, options: [] }],
    },
    {
      name: 'one with a prefix',
      wire: '0019 0029 00000001 00000e10 00001518 001a 0019 00003840 00007080 38 20010db8000000000000000000000053',
      value: [
        {
          kind: 'ia-pd',
          iaid: 1,
          t1: 3600,
          t2: 5400,
          options: [
            {
              kind: 'ia-prefix',
              preferredLifetime: 14400,
              validLifetime: 28800,
              prefixLength: 56,
              prefix: bytes('20010db8000000000000000000000053'),
              options: [],
            },
          ],
        },
      ],
    },
  ]);

  const what = 'DHCPv6 IA_PD option';
  itRefuses(decodeDhcpv6Options, [
    { name: '11 bytes', wire: '0019 000b 00000000 00000000 000000', what, offset: 11 },
  ]);
});
