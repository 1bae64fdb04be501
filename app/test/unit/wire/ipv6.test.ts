import assert from 'node:assert/strict';
import fc from 'fast-check';
import { InternalError } from '../../../src/core/errors.ts';
import { decodeIpv6, encodeIpv6, ipVersion, isWholeIpv6 } from '../../../src/wire/ipv6.ts';
import { itConverts, itRefuses, parseErrorOf } from './codec-table.ts';
import { bytes, hex } from './hex.ts';

const source = 'fd008f80000100000000000000001234';
const destination = 'fe800000000000000000000000000001';
const reencode = (packet: ReturnType<typeof decodeIpv6>) => encodeIpv6(packet, packet.payload);

describe('wire/ipv6', () => {
  itConverts(decodeIpv6, reencode, [
    {
      name: 'every field of the header',
      wire: `6ab54321 0003 11 40 ${source}${destination} 010203`,
      value: {
        source: bytes(source),
        destination: bytes(destination),
        nextHeader: 17,
        hopLimit: 64,
        trafficClass: 0xab,
        flowLabel: 0x54321,
        payload: bytes('010203'),
      },
    },
    {
      name: 'a header alone',
      wire: `60000000 0000 3b ff ${source}${destination}`,
      value: {
        source: bytes(source),
        destination: bytes(destination),
        nextHeader: 59,
        hopLimit: 255,
        trafficClass: 0,
        flowLabel: 0,
        payload: bytes(''),
      },
    },
  ]);

  const what = 'IPv6 header';
  itRefuses(decodeIpv6, [
    { name: 'nothing', wire: '', what, offset: 0 },
    { name: '39 bytes', wire: `60000000 0000 3b ff ${source}`, what, offset: 24 },
    { name: 'IPv4', wire: `45000000 0000 3b ff ${source}${destination}`, what, offset: 0 },
    {
      name: 'a payload that is cut short',
      wire: `60000000 0002 3b ff ${source}${destination} 00`,
      what,
      offset: 4,
    },
    {
      name: 'bytes behind the payload',
      wire: `60000000 0001 3b ff ${source}${destination} 0000`,
      what,
      offset: 4,
    },
  ]);

  it('leaves traffic class and flow label out by default', () => {
    const packet = encodeIpv6(
      { source: bytes(source), destination: bytes(destination), nextHeader: 58, hopLimit: 255 },
      bytes('8000'),
    );
    assert.equal(hex(packet), `6000000000023aff${source}${destination}8000`);
  });

  it('calls wrong lengths a fault of ours', () => {
    const header = {
      source: bytes(source),
      destination: bytes(source),
      nextHeader: 59,
      hopLimit: 1,
    };
    assert.throws(() => encodeIpv6({ ...header, source: bytes('00') }, bytes('')), InternalError);
    assert.throws(() => encodeIpv6(header, new Uint8Array(0x10000)), InternalError);
  });

  it('decodes what isWholeIpv6 accepts, and nothing else', () => {
    const almost = fc
      .tuple(fc.uint8Array({ minLength: 40, maxLength: 60 }), fc.constantFrom(-1, 0, 0, 0, 1))
      .map(([packet, error]) => {
        packet[0] = 0x60;
        packet[4] = 0;
        packet[5] = packet.length - 40 + error;
        return packet;
      });
    fc.assert(
      fc.property(fc.oneof(almost, fc.uint8Array({ maxLength: 60 })), (packet) => {
        const surrounded = new Uint8Array(packet.length + 9).fill(0x66);
        surrounded.set(packet, 3);
        const whole = isWholeIpv6(surrounded, 3, 3 + packet.length);
        assert.equal(parseErrorOf(() => decodeIpv6(packet)) === undefined, whole);
        if (whole) {
          assert.equal(ipVersion(packet, 0), 6);
          assert.deepEqual(reencode(decodeIpv6(packet)), packet);
        }
      }),
    );
  });
});
