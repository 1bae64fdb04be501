import assert from 'node:assert/strict';
import { instant, milliseconds } from '../../../src/core/time.ts';
import { TokenBucket } from '../../../src/core/token-bucket.ts';

function takeAll(bucket: TokenBucket, now: number): number {
  let taken = 0;
  while (bucket.take(instant(now))) taken += 1;
  return taken;
}

describe('core/token-bucket', () => {
  it('gives a burst, then one per interval', () => {
    const bucket = new TokenBucket(10, milliseconds(100));
    assert.equal(takeAll(bucket, 0), 10);
    assert.equal(takeAll(bucket, 99), 0);
    assert.equal(takeAll(bucket, 100), 1);
    assert.equal(takeAll(bucket, 350), 2);
    assert.equal(takeAll(bucket, 400), 1, 'the fraction of an interval is kept');
  });

  it('never holds more than its capacity', () => {
    const bucket = new TokenBucket(10, milliseconds(100));
    takeAll(bucket, 0);
    assert.equal(takeAll(bucket, 1_000_000), 10);
  });

  it('has() takes nothing', () => {
    const bucket = new TokenBucket(1, milliseconds(100));
    assert.equal(bucket.has(instant(0)), true);
    assert.equal(bucket.has(instant(0)), true);
    assert.equal(takeAll(bucket, 0), 1);
    assert.equal(bucket.has(instant(0)), false);
  });

  it('a clock that goes back gives and takes nothing', () => {
    const bucket = new TokenBucket(2, milliseconds(100));
    assert.equal(bucket.take(instant(1000)), true);
    assert.equal(takeAll(bucket, 500), 1);
    assert.equal(takeAll(bucket, 1099), 0);
    assert.equal(takeAll(bucket, 1100), 1);
  });
});
