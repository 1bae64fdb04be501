import {
  decodeDhcpv6Options,
  encodeDhcpv6Options,
} from '../../../../../src/wire/dhcpv6/options/option-list.ts';
import { itConverts, itRefuses } from '../../codec-table.ts';
import { bytes } from '../../hex.ts';

describe('wire/dhcpv6/options/server-id', () => {
  itConverts(decodeDhcpv6Options, encodeDhcpv6Options, [
    {
      name: 'a DUID-UUID',
      wire: '0002 0012 0004 0102030405060708090a0b0c0d0e0f10',
      value: [{ kind: 'server-id', duid: bytes('0004 0102030405060708090a0b0c0d0e0f10') }],
    },
  ]);

  const what = 'DHCPv6 Server Identifier option';
  itRefuses(decodeDhcpv6Options, [
    { name: 'an empty DUID', wire: '0002 0000', what, offset: 0 },
    { name: 'a DUID of 131 bytes', wire: '0002 0083 ' + 'ab'.repeat(131), what, offset: 0 },
  ]);
});
