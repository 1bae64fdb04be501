import {
  decodeDhcpv6Options,
  encodeDhcpv6Options,
} from '../../../../../src/wire/dhcpv6/options/option-list.ts';
import { itConverts, itRefuses } from '../../codec-table.ts';
import { bytes } from '../../hex.ts';

describe('wire/dhcpv6/options/client-id', () => {
  itConverts(decodeDhcpv6Options, encodeDhcpv6Options, [
    {
      name: 'a DUID-LL',
      wire: '0001 000a 000300010242ac110001',
      value: [{ kind: 'client-id', duid: bytes('000300010242ac110001') }],
    },
    {
      name: 'the longest DUID',
      wire: '0001 0082 ' + 'ab'.repeat(130),
      value: [{ kind: 'client-id', duid: new Uint8Array(130).fill(0xab) }],
    },
  ]);

  const what = 'DHCPv6 Client Identifier option';
  itRefuses(decodeDhcpv6Options, [
    { name: 'an empty DUID', wire: '0001 0000', what, offset: 0 },
    { name: 'a DUID type alone', wire: '0001 0002 0003', what, offset: 0 },
    { name: 'a DUID of 131 bytes', wire: '0001 0083 ' + 'ab'.repeat(131), what, offset: 0 },
  ]);
});
