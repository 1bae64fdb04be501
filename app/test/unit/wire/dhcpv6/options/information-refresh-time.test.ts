import {
  decodeDhcpv6Options,
  encodeDhcpv6Options,
} from '../../../../../src/wire/dhcpv6/options/option-list.ts';
import { itConverts, itRefuses } from '../../codec-table.ts';

describe('wire/dhcpv6/options/information-refresh-time', () => {
  itConverts(decodeDhcpv6Options, encodeDhcpv6Options, [
    {
      name: 'a day',
      wire: '0020 0004 00015180',
      value: [{ kind: 'information-refresh-time', seconds: 86400 }],
    },
  ]);

  const what = 'DHCPv6 Information Refresh Time option';
  itRefuses(decodeDhcpv6Options, [
    { name: '3 bytes', wire: '0020 0003 000151', what, offset: 3 },
    { name: '5 bytes', wire: '0020 0005 0001518000', what, offset: 4 },
  ]);
});
