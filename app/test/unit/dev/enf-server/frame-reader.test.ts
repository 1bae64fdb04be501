import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FrameReader } from '../../../../src/dev/enf-server/frame-reader.ts';
import { encodeFrame, nextFrame } from '../../../../src/wire/frame-stream.ts';

const maxPayload = 1500;

/** Feeds the chunks and collects the frames, checking that only whole frames are handed over. */
function read(chunks: readonly Uint8Array[]): { frames: Uint8Array[]; ok: boolean } {
  const frames: Uint8Array[] = [];
  const reader = new FrameReader(maxPayload, (buf, off, end) => {
    assert.ok(off < end);
    let at = off;
    while (at < end) {
      const next = nextFrame(buf, at);
      assert.ok(next - at <= 2 + maxPayload && next <= end);
      frames.push(Uint8Array.from(buf.subarray(at, next)));
      at = next;
    }
  });
  const ok = chunks.every((chunk) => reader.push(chunk));
  return { frames, ok };
}

function cut(stream: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const edges = [0, ...cuts.map((c) => c % (stream.length + 1)), stream.length].sort(
    (a, b) => a - b,
  );
  return edges.slice(1).map((edge, i) => stream.slice(edges[i], edge));
}

describe('enf-server/frame-reader', () => {
  const aPacket = fc.uint8Array({ maxLength: 60 });

  it('finds the same frames however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(aPacket), fc.array(fc.nat()), (packets, cuts) => {
        const frames = packets.map(encodeFrame);
        const stream = Buffer.concat(frames);
        assert.deepEqual(read(cut(stream, cuts)), {
          frames: frames.map((frame) => Uint8Array.from(frame)),
          ok: true,
        });
      }),
    );
  });

  it('accepts the longest frame in single bytes', () => {
    const frame = encodeFrame(new Uint8Array(maxPayload).fill(7));
    const { frames, ok } = read(Array.from(frame, (byte) => Uint8Array.of(byte)));
    assert.equal(ok, true);
    assert.deepEqual(frames, [frame]);
  });

  const tooLong = encodeFrame(new Uint8Array(maxPayload + 1));
  const good = encodeFrame(new Uint8Array(3));
  const rows: [name: string, chunks: Uint8Array[]][] = [
    ['at once', [Buffer.concat([good, tooLong])]],
    ['its header alone', [good, tooLong.slice(0, 2)]],
    ['its header in two halves', [good, tooLong.slice(0, 1), tooLong.slice(1, 2)]],
    ['behind half a header', [Buffer.concat([good, tooLong.slice(0, 1)]), tooLong.slice(1)]],
  ];
  for (const [name, chunks] of rows) {
    it(`refuses a frame that is too long, ${name}, and keeps what came before`, () => {
      const { frames, ok } = read(chunks);
      assert.equal(ok, false);
      assert.deepEqual(frames, [Uint8Array.from(good)]);
    });
  }

  it('survives any bytes in any pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 4000, size: 'max' })), (chunks) => {
        read(chunks);
      }),
    );
  });
});
