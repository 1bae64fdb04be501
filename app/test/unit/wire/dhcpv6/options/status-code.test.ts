import assert from 'node:assert/strict';
import {
  decodeDhcpv6Options,
  encodeDhcpv6Options,
} from '../../../../../src/wire/dhcpv6/options/option-list.ts';
import { itConverts, itRefuses } from '../../codec-table.ts';
import { bytes } from '../../hex.ts';

describe('wire/dhcpv6/options/status-code', () => {
  itConverts(decodeDhcpv6Options, encodeDhcpv6Options, [
    {
      name: 'success without words',
      wire: '000d 0002 0000',
      value: [{ kind: 'status-code', status: 0, text: '' }],
    },
    {
      name: 'a failure with words',
      wire: '000d 000a 0003 6e6f20c3bc626572',
      value: [{ kind: 'status-code', status: 3, text: 'no über' }],
    },
    {
      name: 'a byte order mark, which is text',
      wire: '000d 0006 0000 efbbbf61',
      value: [{ kind: 'status-code', status: 0, text: '\ufeffa' }],
    },
  ]);

  const what = 'DHCPv6 Status Code option';
  itRefuses(decodeDhcpv6Options, [{ name: 'one byte', wire: '000d 0001 00', what, offset: 1 }]);

  it('replaces bytes that are not UTF-8', () => {
    assert.deepEqual(decodeDhcpv6Options(bytes('000d 0004 0001 61ff')), [
      { kind: 'status-code', status: 1, text: 'a\ufffd' },
    ]);
  });
});
