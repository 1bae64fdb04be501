import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  addToSum,
  finishSum,
  hasValidChecksum,
  internetChecksum,
  messageChecksum,
  upperLayerChecksum,
} from '../../../src/wire/checksum.ts';
import { bytes } from './hex.ts';
import { linkVectors } from './link-vectors.ts';

/** One's complement arithmetic is arithmetic modulo 65535 with two names for zero. */
function modelChecksum(data: Uint8Array): number {
  let sum = 0n;
  for (let i = 0; i < data.length; i += 2) {
    sum += BigInt(data[i]!) * 256n + BigInt(data[i + 1] ?? 0);
  }
  const folded = sum === 0n ? 0n : ((sum - 1n) % 65535n) + 1n;
  return Number(65535n - folded);
}

describe('wire/checksum', () => {
  it('agrees with the example of RFC 1071 section 3', () => {
    const data = bytes('0001 f203 f4f5 f6f7');
    assert.equal(internetChecksum(data, 0, data.length), ~0xddf2 & 0xffff);
  });

  it('agrees with arithmetic modulo 65535, whatever the range', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(20), (data, skip) => {
        const off = Math.min(skip, data.length);
        assert.equal(internetChecksum(data, off, data.length), modelChecksum(data.subarray(off)));
      }),
    );
  });

  it('is exact for the longest packets', () => {
    const data = new Uint8Array(0x20000).fill(0xff);
    assert.equal(internetChecksum(data, 0, data.length), 0);
    data[0] = 0;
    assert.equal(internetChecksum(data, 0, data.length), modelChecksum(data));
  });

  it('can be summed in parts', () => {
    const data = bytes('fffe fdfc 0102 03');
    const sum = addToSum(addToSum(0, data, 0, 4), data, 4, 7);
    assert.equal(finishSum(sum), internetChecksum(data, 0, 7));
  });

  it('validates every vector, and no vector with a changed bit', () => {
    for (const [name, packet] of Object.entries(linkVectors)) {
      const protocol = packet[6]!;
      assert.ok(hasValidChecksum(packet, 0, protocol, 40, packet.length), name);
      for (let bit = 0; bit < (packet.length - 8) * 8; bit++) {
        const at = 8 + (bit >>> 3);
        packet[at]! ^= 1 << (bit & 7);
        assert.ok(!hasValidChecksum(packet, 0, protocol, 40, packet.length), `${name}, bit ${bit}`);
        packet[at]! ^= 1 << (bit & 7);
      }
    }
  });

  it('is the same for a message inside a packet and on its own', () => {
    const inSlab = new Uint8Array(200);
    inSlab.set(linkVectors['DHCP ADVERTISE'], 7);
    const end = 7 + linkVectors['DHCP ADVERTISE'].length;
    const addresses = { source: inSlab.subarray(15, 31), destination: inSlab.subarray(31, 47) };
    inSlab[47 + 9] = 0x55;
    const checksum = upperLayerChecksum(inSlab, 7, 17, 47, end);
    assert.notEqual(checksum, 0);
    assert.equal(messageChecksum(addresses, 17, inSlab.subarray(47, end)), checksum);
  });
});
