import {
  decodeDhcpv6Options,
  encodeDhcpv6Options,
} from '../../../../../src/wire/dhcpv6/options/option-list.ts';
import { itConverts, itRefuses } from '../../codec-table.ts';
import { bytes } from '../../hex.ts';

describe('wire/dhcpv6/options/dns-servers', () => {
  itConverts(decodeDhcpv6Options, encodeDhcpv6Options, [
    { name: 'none', wire: '0017 0000', value: [{ kind: 'dns-servers', servers: [] }] },
    {
      name: 'two',
      wire: '0017 0020 20010db8000000000000000000000053 fd000000000000000000000000000035',
      value: [
        {
          kind: 'dns-servers',
          servers: [
            bytes('20010db8000000000000000000000053'),
            bytes('fd000000000000000000000000000035'),
          ],
        },
      ],
    },
  ]);

  const what = 'DHCPv6 DNS Servers option';
  itRefuses(decodeDhcpv6Options, [
    {
      name: 'one and a byte',
      wire: '0017 0011 20010db8000000000000000000000053 00',
      what,
      offset: 17,
    },
    { name: '15 bytes', wire: '0017 000f ' + '00'.repeat(15), what, offset: 15 },
  ]);
});
