import assert from 'node:assert/strict';
import { heapBytesPerCall } from './allocation.ts';

describe('allocation meter', () => {
  let sink: unknown;

  it('sees one small object per call, and none', () => {
    const perObject = heapBytesPerCall(() => {
      sink = { length: 1 };
    });
    assert.ok(perObject >= 12, `${perObject} bytes`);
    assert.deepEqual(sink, { length: 1 });
    const numbers = new Uint8Array(8);
    assert.ok(heapBytesPerCall(() => numbers.fill(1)) < 1);
  });
});
