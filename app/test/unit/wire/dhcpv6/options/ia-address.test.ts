import {
  decodeDhcpv6Options,
  encodeDhcpv6Options,
} from '../../../../../src/wire/dhcpv6/options/option-list.ts';
import { itConverts, itRefuses } from '../../codec-table.ts';
import { bytes } from '../../hex.ts';

describe('wire/dhcpv6/options/ia-address', () => {
  itConverts(decodeDhcpv6Options, encodeDhcpv6Options, [
    {
      name: 'one without end',
      wire: '0005 0018 20010db8000000000000000000000053 ffffffff ffffffff',
      value: [
        {
          kind: 'ia-address',
          address: bytes('20010db8000000000000000000000053'),
          preferredLifetime: 0xffffffff,
          validLifetime: 0xffffffff,
          options: [],
        },
      ],
    },
    {
      name: 'one with a status',
      wire: '0005 001e 20010db8000000000000000000000053 00000000 00000000 000d 0002 0004',
      value: [
        {
          kind: 'ia-address',
          address: bytes('20010db8000000000000000000000053'),
          preferredLifetime: 0,
          validLifetime: 0,
          options: [{ kind: 'status-code', status: 4, text: '' }],
        },
      ],
    },
  ]);

  const what = 'DHCPv6 IA Address option';
  itRefuses(decodeDhcpv6Options, [
    { name: '23 bytes', wire: '0005 0017 ' + '00'.repeat(23), what, offset: 23 },
  ]);
});
