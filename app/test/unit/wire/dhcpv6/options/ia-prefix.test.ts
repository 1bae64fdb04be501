import {
  decodeDhcpv6Options,
  encodeDhcpv6Options,
} from '../../../../../src/wire/dhcpv6/options/option-list.ts';
import { itConverts, itRefuses } from '../../codec-table.ts';
import { bytes } from '../../hex.ts';

describe('wire/dhcpv6/options/ia-prefix', () => {
  itConverts(decodeDhcpv6Options, encodeDhcpv6Options, [
    {
      name: 'a /56',
      wire: '001a 0019 00003840 00007080 38 20010db8000000000000000000000053',
      value: [
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
    {
      name: 'the hint ::/0 with a status',
      wire: '001a 001f 00000000 00000000 00 ' + '00'.repeat(16) + ' 000d 0002 0006',
      value: [
        {
          kind: 'ia-prefix',
          preferredLifetime: 0,
          validLifetime: 0,
          prefixLength: 0,
          prefix: new Uint8Array(16),
          options: [{ kind: 'status-code', status: 6, text: '' }],
        },
      ],
    },
  ]);

  const what = 'DHCPv6 IA Prefix option';
  itRefuses(decodeDhcpv6Options, [
    { name: '24 bytes', wire: '001a 0018 ' + '00'.repeat(24), what, offset: 24 },
    {
      name: 'a /129',
      wire: '001a 0019 00003840 00007080 81 20010db8000000000000000000000053',
      what,
      offset: 8,
    },
  ]);
});
