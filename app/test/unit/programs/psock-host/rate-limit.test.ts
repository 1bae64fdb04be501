import assert from 'node:assert/strict';
import { RateLimit } from '../../../../src/programs/psock-host/rate-limit.ts';

describe('a rate limit', () => {
  it('lets so many through at once, and then so many a second', () => {
    const limit = new RateLimit(3, 2, 1000);
    const taken = (now: number): number => {
      let count = 0;
      while (limit.take(now)) count++;
      return count;
    };
    assert.equal(taken(1000), 3);
    assert.equal(taken(1499), 0);
    assert.equal(taken(1500), 1);
    assert.equal(taken(3000), 3);
    assert.equal(taken(1_000_000), 3);
  });

  it('does not take a clock that goes back for time that has passed', () => {
    const limit = new RateLimit(1, 1, 5000);
    assert.equal(limit.take(5000), true);
    assert.equal(limit.take(4000), false);
    assert.equal(limit.take(4999), false);
  });
});
