import {
  decodeDhcpv6Options,
  encodeDhcpv6Options,
} from '../../../../../src/wire/dhcpv6/options/option-list.ts';
import { itConverts, itRefuses } from '../../codec-table.ts';

describe('wire/dhcpv6/options/domain-list', () => {
  itConverts(decodeDhcpv6Options, encodeDhcpv6Options, [
    {
      name: 'two names',
      wire: '0018 000c 03656e66036e657400 016100',
      value: [{ kind: 'domain-list', names: ['enf.net', 'a'] }],
    },
  ]);

  const what = 'DHCPv6 Domain List option';
  itRefuses(decodeDhcpv6Options, [
    { name: 'padding', wire: '0018 0005 016100 0000', what, offset: 3 },
    { name: 'a name cut short', wire: '0018 0002 0361', what, offset: 2 },
    { name: 'a compression pointer', wire: '0018 0004 0161 c000', what, offset: 2 },
  ]);
});
