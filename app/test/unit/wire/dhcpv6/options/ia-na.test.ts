import {
  decodeDhcpv6Options,
  encodeDhcpv6Options,
} from '../../../../../src/wire/dhcpv6/options/option-list.ts';
import { itConverts, itRefuses } from '../../codec-table.ts';
import { bytes } from '../../hex.ts';

describe('wire/dhcpv6/options/ia-na', () => {
  itConverts(decodeDhcpv6Options, encodeDhcpv6Options, [
    {
      name: 'an empty one with IAID 0',
      wire: '0003 000c 00000000 00000000 00000000',
      value: [{ kind: 'ia-na', iaid: 0, t1: 0, t2: 0, options: [] }],
    },
    {
      name: 'one with an address',
      wire: '0003 0028 ac110001 00001c20 00002d00 0005 0018 20010db8000000000000000000000053 00003840 00007080',
      value: [
        {
          kind: 'ia-na',
          iaid: 0xac110001,
          t1: 7200,
          t2: 11520,
          options: [
            {
              kind: 'ia-address',
              address: bytes('20010db8000000000000000000000053'),
              preferredLifetime: 14400,
              validLifetime: 28800,
              options: [],
            },
          ],
        },
      ],
    },
    {
      name: 'one with a status',
      wire: '0003 0012 ffffffff ffffffff ffffffff 000d 0002 0002',
      value: [
        {
          kind: 'ia-na',
          iaid: 0xffffffff,
          t1: 0xffffffff,
          t2: 0xffffffff,
          options: [{ kind: 'status-code', status: 2, text: '' }],
        },
      ],
    },
  ]);

  const what = 'DHCPv6 IA_NA option';
  itRefuses(decodeDhcpv6Options, [
    { name: '11 bytes', wire: '0003 000b 00000000 00000000 000000', what, offset: 11 },
    { name: 'nothing', wire: '0003 0000', what, offset: 0 },
  ]);
});
