import {
  decodeDhcpv6Options,
  encodeDhcpv6Options,
} from '../../../../../src/wire/dhcpv6/options/option-list.ts';
import { itConverts, itRefuses } from '../../codec-table.ts';

describe('wire/dhcpv6/options/elapsed-time', () => {
  itConverts(decodeDhcpv6Options, encodeDhcpv6Options, [
    {
      name: 'the first try',
      wire: '0008 0002 0000',
      value: [{ kind: 'elapsed-time', hundredths: 0 }],
    },
    {
      name: 'the longest',
      wire: '0008 0002 ffff',
      value: [{ kind: 'elapsed-time', hundredths: 0xffff }],
    },
  ]);

  const what = 'DHCPv6 Elapsed Time option';
  itRefuses(decodeDhcpv6Options, [
    { name: 'one byte', wire: '0008 0001 00', what, offset: 1 },
    { name: 'three bytes', wire: '0008 0003 000000', what, offset: 2 },
  ]);
});
