import assert from 'node:assert/strict';
import { chunkReleaser } from '../../../src/uplink/chunk-memory.ts';

describe('chunk memory', () => {
  const chunkBytes = 16 * 1024;

  it('keeps received chunks from gathering', () => {
    const release = chunkReleaser();
    const before = process.memoryUsage().arrayBuffers;
    let peak = 0;
    for (let n = 0; n < 4000; n++) {
      release(Buffer.from(new ArrayBuffer(chunkBytes)));
      if (n % 100 === 0) peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
    }
    assert.ok(peak < 8 * 1024 * 1024, `${peak} bytes of 64 MB were in use at a time`);
  });

  it('leaves memory alone that a chunk shares with others', () => {
    const release = chunkReleaser();
    const shared = Buffer.from(new ArrayBuffer(chunkBytes)).fill(7);
    release(shared.subarray(0, 100));
    release(shared.subarray(100));
    assert.equal(shared[50], 7);
    assert.equal(shared[chunkBytes - 1], 7);
  });
});
