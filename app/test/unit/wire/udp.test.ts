import assert from 'node:assert/strict';
import fc from 'fast-check';
import { InternalError } from '../../../src/core/errors.ts';
import { decodeUdp, encodeUdp } from '../../../src/wire/udp.ts';
import { itConverts, itRefuses, parseErrorOf } from './codec-table.ts';
import { bytes, hex } from './hex.ts';

const addresses = {
  source: bytes('fe80 0000000000000000000000000001'),
  destination: bytes('fe80 000000000000d4adbefffeef0001'),
};
const decode = (wire: Uint8Array) => decodeUdp(addresses, wire);
const encode = (value: ReturnType<typeof decode>) => encodeUdp(addresses, value);

describe('wire/udp', () => {
  itConverts(decode, encode, [
    {
      name: 'a datagram',
      wire: '0223 0222 000b f535 aabbcc',
      value: { sourcePort: 547, destinationPort: 546, payload: bytes('aabbcc') },
    },
    {
      name: 'a checksum that computes to zero, which is sent as ffff',
      wire: '0223 0222 000a ffff 6bf4',
      value: { sourcePort: 547, destinationPort: 546, payload: bytes('6bf4') },
    },
  ]);

  const what = 'UDP header';
  itRefuses(decode, [
    { name: 'nothing', wire: '', what, offset: 0 },
    { name: 'seven bytes', wire: '0223 0222 0007 00', what, offset: 7 },
    { name: 'a length over the bytes', wire: '0223 0222 000c f535 aabbcc', what, offset: 4 },
    { name: 'a length under the bytes', wire: '0223 0222 000a f535 aabbcc', what, offset: 4 },
    { name: 'no checksum', wire: '0223 0222 000a 0000 6bf4', what, offset: 6 },
    { name: 'a wrong checksum', wire: '0223 0222 000b f536 aabbcc', what, offset: 6 },
  ]);

  it('never sends a zero checksum and always accepts its own', () => {
    fc.assert(
      fc.property(fc.nat(0xffff), fc.nat(0xffff), fc.uint8Array(), (from, to, payload) => {
        const wire = encode({ sourcePort: from, destinationPort: to, payload });
        assert.notEqual(hex(wire.subarray(6, 8)), '0000');
        assert.deepEqual(decode(wire), { sourcePort: from, destinationPort: to, payload });
      }),
    );
  });

  it('throws nothing but ParseError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (wire) => {
        parseErrorOf(() => decode(wire));
      }),
    );
  });

  it('calls a payload that cannot be sent a fault of ours', () => {
    const payload = new Uint8Array(0xfff8);
    assert.throws(() => encode({ sourcePort: 1, destinationPort: 2, payload }), InternalError);
  });
});
