import assert from 'node:assert/strict';
import fc from 'fast-check';
import { milliseconds } from '../../../src/core/time.ts';
import { QueueLimit } from '../../../src/tunnel/queue-limit.ts';

const most = 256 * 1024;
const least = 4 * 1024;

describe('queue limit', () => {
  it('starts with all there is, and keeps it on a fast path', () => {
    const limit = new QueueLimit({ most });
    assert.equal(limit.bytes, most);
    for (let i = 0; i < 100; i++) limit.written(most, milliseconds(2));
    assert.equal(limit.bytes, most);
  });

  it('follows a slow path within one write: what it takes in 10 ms', () => {
    const limit = new QueueLimit({ most });
    limit.written(200_000, milliseconds(200));
    assert.equal(limit.bytes, 10_000);
  });

  it('never falls below a few packets', () => {
    const limit = new QueueLimit({ most });
    limit.written(100_000, milliseconds(60_000));
    assert.equal(limit.bytes, least);
  });

  it('doubles when the path has become fast, up to where it began', () => {
    const limit = new QueueLimit({ most });
    limit.written(10_000, milliseconds(60_000));
    const seen = Array.from({ length: 7 }, () => {
      limit.written(limit.bytes, milliseconds(1));
      return limit.bytes;
    });
    assert.deepEqual(
      seen,
      [2, 4, 8, 16, 32, 64, 64].map((times) => times * least),
    );
  });

  it('does not grow by small writes, which are fast on any path', () => {
    const limit = new QueueLimit({ most });
    limit.written(200_000, milliseconds(200));
    for (let i = 0; i < 100; i++) limit.written(1000, milliseconds(0));
    assert.equal(limit.bytes, 10_000);
  });

  it('starts over with another path', () => {
    const limit = new QueueLimit({ most });
    limit.written(200_000, milliseconds(200));
    limit.reset();
    assert.equal(limit.bytes, most);
  });

  it('settles on any steady path so that what waits takes about 10 ms, or is the least or the most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), (bytesPerMs) => {
        const limit = new QueueLimit({ most });
        for (let i = 0; i < 30; i++)
          limit.written(limit.bytes, milliseconds(limit.bytes / bytesPerMs));
        const takes = limit.bytes / bytesPerMs;
        assert.ok(limit.bytes >= least && limit.bytes <= most);
        assert.ok(takes <= 11 || limit.bytes === least, `${takes} ms`);
        assert.ok(takes >= 9 || limit.bytes === most, `${takes} ms`);
      }),
    );
  });
});
