import assert from 'node:assert/strict';
import { parsePcap } from '../../harness/capture.ts';
import { ParseError } from '../../../src/core/errors.ts';

const fileHeader = 'd4c3b2a1 0200 0400 00000000 00000000 00000400 01000000';
const firstPacket = '0a000000 20a10700 03000000 03000000 aabbcc';
const secondPacket = '0b000000 00000000 02000000 ff000000 ddee';

function bytes(...parts: string[]): Uint8Array {
  return Buffer.from(parts.join('').replaceAll(' ', ''), 'hex');
}

describe('parsePcap', () => {
  it('reads time and captured bytes of every packet', () => {
    const packets = parsePcap(bytes(fileHeader, firstPacket, secondPacket));
    assert.deepEqual(
      packets.map(({ time, bytes: frame }) => [time, Buffer.from(frame).toString('hex')]),
      [
        [10.5, 'aabbcc'],
        [11, 'ddee'],
      ],
    );
  });

  it('leaves a packet that is still being written', () => {
    const file = bytes(fileHeader, firstPacket, secondPacket);
    for (let cut = 1; cut <= 18; cut++) {
      assert.equal(parsePcap(file.subarray(0, file.length - cut)).length, 1, `${cut} bytes short`);
    }
  });

  it('reads nanosecond files', () => {
    const nanoseconds = fileHeader.replace('d4c3b2a1', '4d3cb2a1');
    const packet = '0a000000 0065cd1d 01000000 01000000 aa';
    assert.equal(parsePcap(bytes(nanoseconds, packet))[0]?.time, 10.5);
  });

  for (const [name, file] of [
    ['an empty file', ''],
    ['a file header cut short', fileHeader.slice(0, 30)],
  ] as const) {
    it(`finds no packets in ${name}`, () => {
      assert.deepEqual(parsePcap(bytes(file)), []);
    });
  }

  it('refuses a file of another kind', () => {
    assert.throws(() => parsePcap(bytes('0a0d0d0a'.repeat(6))), ParseError);
  });
});
