import assert from 'node:assert/strict';
import fc from 'fast-check';
import { InternalError } from '../../../src/core/errors.ts';
import {
  bytesEqual,
  concatBytes,
  readUint16,
  readUint32,
  requireLength,
  requireUint,
  writeUint16,
  writeUint32,
} from '../../../src/wire/bytes.ts';
import { bytes, hex } from './hex.ts';

describe('wire/bytes', () => {
  it('reads and writes like a big-endian DataView', () => {
    fc.assert(
      fc.property(fc.nat(0xffff), fc.integer({ min: 0, max: 0xffffffff }), (short, long) => {
        const buffer = new Uint8Array(8);
        const view = new DataView(buffer.buffer);
        writeUint16(buffer, 1, short);
        writeUint32(buffer, 3, long);
        assert.equal(view.getUint16(1), short);
        assert.equal(view.getUint32(3), long);
        assert.equal(readUint16(buffer, 1), short);
        assert.equal(readUint32(buffer, 3), long);
        assert.equal(buffer[0], 0);
        assert.equal(buffer[7], 0);
      }),
    );
  });

  it('reads zero bits past the end', () => {
    assert.equal(readUint16(bytes('ab'), 0), 0xab00);
    assert.equal(readUint32(bytes('ff'), 0), 0xff000000);
  });

  it('joins and compares', () => {
    assert.equal(hex(concatBytes([bytes('01'), bytes(''), bytes('0203')])), '010203');
    assert.ok(bytesEqual(bytes('0102'), bytes('0102')));
    assert.ok(!bytesEqual(bytes('0102'), bytes('0103')));
    assert.ok(!bytesEqual(bytes('0102'), bytes('010203')));
  });

  it('calls a value that does not fit its field a fault of ours', () => {
    assert.equal(requireUint(0xffffffff, 32, 'x'), 0xffffffff);
    for (const value of [-1, 0x10000, 1.5, Number.NaN]) {
      assert.throws(() => requireUint(value, 16, 'x'), InternalError);
    }
    assert.throws(() => requireLength(bytes('00'), 2, 'x'), InternalError);
  });
});
