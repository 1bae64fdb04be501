import assert from 'node:assert/strict';
import fc from 'fast-check';
import { InternalError } from '../../../src/core/errors.ts';
import { concatBytes } from '../../../src/wire/bytes.ts';
import {
  encodeFrame,
  frameHeaderLength,
  frameLength,
  isFrameTooLong,
  maxFramePayload,
  nextFrame,
  putFrame,
  wholeFramesEnd,
} from '../../../src/wire/frame-stream.ts';
import { heapBytesPerCall } from './allocation.ts';
import { bytes, hex } from './hex.ts';
import { vector } from './link-vectors.ts';

const packets = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 });

function packetsIn(slab: Uint8Array, off: number, end: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = off; at < end; at = nextFrame(slab, at)) {
    const start = at + frameHeaderLength;
    found.push(slab.slice(start, start + frameLength(slab, at)));
  }
  return found;
}

describe('wire/frame-stream', () => {
  it('frames the heartbeat as on the wire', () => {
    const framed = vector('heartbeat request framed');
    assert.deepEqual(encodeFrame(vector('heartbeat request')), framed);
    assert.equal(wholeFramesEnd(framed, 0, framed.length, maxFramePayload), 50);
    assert.deepEqual(packetsIn(framed, 0, 50), [vector('heartbeat request')]);
  });

  it('finds the whole frames and leaves the beginning of the next', () => {
    const stream = bytes('0001 aa', '0000', '0002 bbcc', '0003 dd');
    assert.equal(wholeFramesEnd(stream, 0, stream.length, 100), 9);
    assert.deepEqual(packetsIn(stream, 0, 9).map(hex), ['aa', '', 'bbcc']);
    assert.ok(!isFrameTooLong(stream, 9, stream.length, 100), 'incomplete is not fatal');
  });

  it('stops before a frame that is too long, whether or not its packet is there', () => {
    const stream = bytes('0001 aa', '0003 bbccdd', '0001 ee');
    assert.equal(wholeFramesEnd(stream, 0, stream.length, 2), 3);
    assert.ok(isFrameTooLong(stream, 3, stream.length, 2));
    assert.ok(isFrameTooLong(stream, 3, 5, 2));
    assert.ok(!isFrameTooLong(stream, 3, 4, 2), 'half a length says nothing');
    assert.ok(!isFrameTooLong(stream, 3, stream.length, 3));
  });

  it('accepts 1496 bytes and refuses 1497', () => {
    const longest = encodeFrame(new Uint8Array(maxFramePayload));
    assert.equal(wholeFramesEnd(longest, 0, longest.length, maxFramePayload), 1498);
    const tooLong = encodeFrame(new Uint8Array(1497));
    assert.equal(wholeFramesEnd(tooLong, 0, tooLong.length, maxFramePayload), 0);
    assert.ok(isFrameTooLong(tooLong, 0, tooLong.length, maxFramePayload));
  });

  it('has nothing to say about an empty range', () => {
    assert.equal(wholeFramesEnd(bytes('0000'), 1, 1, 10), 1);
    assert.ok(!isFrameTooLong(bytes('ffff'), 2, 2, 10));
  });

  it('does not look past the end of the range', () => {
    const slab = bytes('0002 aabb 0001 cc');
    assert.equal(wholeFramesEnd(slab, 0, 3, 10), 0);
    assert.equal(wholeFramesEnd(slab, 0, 5, 10), 4);
    assert.equal(wholeFramesEnd(slab, 0, 6, 10), 4);
    assert.equal(wholeFramesEnd(slab, 0, 7, 10), 7);
  });

  it('gives back the packets of any stream, wherever it is cut and wherever it lies', () => {
    fc.assert(
      fc.property(packets, fc.nat(50), fc.nat(), (list, off, cut) => {
        const frames = list.map(encodeFrame);
        const stream = concatBytes(frames);
        const slab = new Uint8Array(off + stream.length + 5).fill(0xee);
        slab.set(stream, off);
        const end = off + (cut % (stream.length + 1));

        const whole = wholeFramesEnd(slab, off, end, 40);
        const got = packetsIn(slab, off, whole);
        assert.deepEqual(got, list.slice(0, got.length));
        const nextEnd = whole + (frames[got.length]?.length ?? Infinity);
        assert.ok(nextEnd > end, 'the next frame is not whole');
        assert.ok(!isFrameTooLong(slab, whole, end, 40));
      }),
    );
  });

  it('stays inside the range, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(80), (slab, length) => {
        const end = Math.min(length, slab.length);
        const whole = wholeFramesEnd(slab, 0, end, 50);
        assert.ok(whole >= 0 && whole <= end);
        for (const packet of packetsIn(slab, 0, whole)) assert.ok(packet.length <= 50);
      }),
    );
  });

  it('writes frames one behind the other', () => {
    const slab = new Uint8Array(12).fill(0xee);
    const end = putFrame(slab, putFrame(slab, 1, bytes('aabb')), bytes(''));
    assert.equal(end, 7);
    assert.equal(hex(slab), 'ee0002aabb0000eeeeeeeeee');
  });

  it('calls a packet that no frame can hold a fault of ours', () => {
    assert.throws(() => encodeFrame(new Uint8Array(0x10000)), InternalError);
  });

  it('does not allocate', () => {
    const slab = concatBytes(Array.from({ length: 8 }, () => encodeFrame(new Uint8Array(60))));
    const packet = new Uint8Array(60);
    const pump = () => {
      const end = wholeFramesEnd(slab, 0, slab.length, maxFramePayload);
      for (let at = 0; at < end; at = nextFrame(slab, at)) frameLength(slab, at);
      isFrameTooLong(slab, end, slab.length, maxFramePayload);
      putFrame(slab, 0, packet);
    };
    assert.ok(heapBytesPerCall(pump) < 1);
  });
});
