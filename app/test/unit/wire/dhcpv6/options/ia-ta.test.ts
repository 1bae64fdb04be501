import {
  decodeDhcpv6Options,
  encodeDhcpv6Options,
} from '../../../../../src/wire/dhcpv6/options/option-list.ts';
import { itConverts, itRefuses } from '../../codec-table.ts';

describe('wire/dhcpv6/options/ia-ta', () => {
  itConverts(decodeDhcpv6Options, encodeDhcpv6Options, [
    {
      name: 'an empty one',
      wire: '0004 0004 ac110001',
      value: [{ kind: 'ia-ta', iaid: 0xac110001, options: [] }],
    },
    {
      name: 'one with a status',
      wire: '0004 000a 00000007 000d 0002 0002',
      value: [{ kind: 'ia-ta', iaid: 7, options: [{ kind: 'status-code', status: 2, text: '' }] }],
    },
  ]);

  const what = 'DHCPv6 IA_TA option';
  itRefuses(decodeDhcpv6Options, [{ name: '3 bytes', wire: '0004 0003 000000', what, offset: 3 }]);
});
