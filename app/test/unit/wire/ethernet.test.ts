import assert from 'node:assert/strict';
import { InternalError } from '../../../src/core/errors.ts';
import { decodeEthernet, encodeEthernet, multicastMac } from '../../../src/wire/ethernet.ts';
import { parseIpv6 } from '../../../src/wire/ipv6-address.ts';
import { itConverts, itRefuses } from './codec-table.ts';
import { bytes, hex } from './hex.ts';

describe('wire/ethernet', () => {
  itConverts(decodeEthernet, (frame) => encodeEthernet(frame, frame.payload), [
    {
      name: 'a frame',
      wire: '333300000001 0242ac110002 86dd 60000000',
      value: {
        destination: bytes('333300000001'),
        source: bytes('0242ac110002'),
        etherType: 0x86dd,
        payload: bytes('60000000'),
      },
    },
    {
      name: 'a header alone',
      wire: 'ffffffffffff 0242ac110002 0806',
      value: {
        destination: bytes('ffffffffffff'),
        source: bytes('0242ac110002'),
        etherType: 0x0806,
        payload: bytes(''),
      },
    },
  ]);

  const what = 'Ethernet header';
  itRefuses(decodeEthernet, [
    { name: 'nothing', wire: '', what, offset: 0 },
    { name: '13 bytes', wire: '333300000001 0242ac110002 86', what, offset: 13 },
  ]);

  it('calls an address of the wrong length a fault of ours', () => {
    const header = { destination: bytes('00'), source: bytes('0242ac110002'), etherType: 0x86dd };
    assert.throws(() => encodeEthernet(header, bytes('')), InternalError);
  });

  it('maps multicast addresses (RFC 2464 section 7)', () => {
    assert.equal(hex(multicastMac(parseIpv6('ff02::1:ffef:1')!)), '3333ffef0001');
    assert.equal(
      hex(multicastMac(bytes('00', 'ff02000000000000000000000000 0001'), 1)),
      '333300000001',
    );
  });
});
