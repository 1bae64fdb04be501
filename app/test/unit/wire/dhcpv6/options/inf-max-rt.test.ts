import {
  decodeDhcpv6Options,
  encodeDhcpv6Options,
} from '../../../../../src/wire/dhcpv6/options/option-list.ts';
import { itConverts, itRefuses } from '../../codec-table.ts';

describe('wire/dhcpv6/options/inf-max-rt', () => {
  itConverts(decodeDhcpv6Options, encodeDhcpv6Options, [
    { name: 'a day', wire: '0053 0004 00015180', value: [{ kind: 'inf-max-rt', seconds: 86400 }] },
  ]);

  const what = 'DHCPv6 INF_MAX_RT option';
  itRefuses(decodeDhcpv6Options, [{ name: 'nothing', wire: '0053 0000', what, offset: 0 }]);
});
