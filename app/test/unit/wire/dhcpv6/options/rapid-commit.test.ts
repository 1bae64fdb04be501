import {
  decodeDhcpv6Options,
  encodeDhcpv6Options,
} from '../../../../../src/wire/dhcpv6/options/option-list.ts';
import { itConverts, itRefuses } from '../../codec-table.ts';

describe('wire/dhcpv6/options/rapid-commit', () => {
  itConverts(decodeDhcpv6Options, encodeDhcpv6Options, [
    { name: 'it', wire: '000e 0000', value: [{ kind: 'rapid-commit' }] },
  ]);

  const what = 'DHCPv6 Rapid Commit option';
  itRefuses(decodeDhcpv6Options, [{ name: 'content', wire: '000e 0001 00', what, offset: 0 }]);
});
