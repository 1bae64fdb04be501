import {
  decodeDhcpv6Options,
  encodeDhcpv6Options,
} from '../../../../../src/wire/dhcpv6/options/option-list.ts';
import { itConverts, itRefuses } from '../../codec-table.ts';

describe('wire/dhcpv6/options/sol-max-rt', () => {
  itConverts(decodeDhcpv6Options, encodeDhcpv6Options, [
    { name: 'a minute', wire: '0052 0004 0000003c', value: [{ kind: 'sol-max-rt', seconds: 60 }] },
  ]);

  const what = 'DHCPv6 SOL_MAX_RT option';
  itRefuses(decodeDhcpv6Options, [{ name: '2 bytes', wire: '0052 0002 003c', what, offset: 2 }]);
});
