import {
  decodeDhcpv6Options,
  encodeDhcpv6Options,
} from '../../../../../src/wire/dhcpv6/options/option-list.ts';
import { itConverts, itRefuses } from '../../codec-table.ts';

describe('wire/dhcpv6/options/preference', () => {
  itConverts(decodeDhcpv6Options, encodeDhcpv6Options, [
    { name: 'the highest', wire: '0007 0001 ff', value: [{ kind: 'preference', value: 255 }] },
  ]);

  const what = 'DHCPv6 Preference option';
  itRefuses(decodeDhcpv6Options, [
    { name: 'nothing', wire: '0007 0000', what, offset: 0 },
    { name: 'two bytes', wire: '0007 0002 ff00', what, offset: 1 },
  ]);
});
