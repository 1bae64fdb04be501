import {
  decodeDhcpv6Options,
  encodeDhcpv6Options,
} from '../../../../../src/wire/dhcpv6/options/option-list.ts';
import { itConverts, itRefuses } from '../../codec-table.ts';

describe('wire/dhcpv6/options/option-request', () => {
  itConverts(decodeDhcpv6Options, encodeDhcpv6Options, [
    { name: 'no code', wire: '0006 0000', value: [{ kind: 'option-request', codes: [] }] },
    {
      name: 'codes, known and not',
      wire: '0006 0006 0017 0018 fde8',
      value: [{ kind: 'option-request', codes: [23, 24, 65000] }],
    },
  ]);

  const what = 'DHCPv6 Option Request option';
  itRefuses(decodeDhcpv6Options, [
    { name: 'half a code', wire: '0006 0003 0017 00', what, offset: 3 },
  ]);
});
