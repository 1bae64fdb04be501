import assert from 'node:assert/strict';
import fc from 'fast-check';
import { pairRatios, quantile, summarize } from '../../bench/statistics.ts';

describe('summarize', () => {
  it('takes the middle of an odd and the mean of the two middle ones of an even number', () => {
    assert.deepEqual(summarize([3, 1, 10]), { median: 3, lowest: 1, highest: 10 });
    assert.deepEqual(summarize([4, 1, 2, 10]), { median: 3, lowest: 1, highest: 10 });
  });

  it('does not depend on the order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        const summary = summarize(values);
        assert.deepEqual(summarize(values.toReversed()), summary);
        assert.ok(summary.lowest <= summary.median && summary.median <= summary.highest);
      }),
    );
  });
});

describe('pairRatios', () => {
  it('divides each of ours by the one measured next to it', () => {
    assert.deepEqual(pairRatios([10, 30], [5, 10]), [2, 3]);
  });

  it('is empty without a reference', () => {
    assert.deepEqual(pairRatios([10, 30], []), []);
  });
});

describe('quantile', () => {
  it('is the value that this share of all does not exceed', () => {
    const values = Array.from({ length: 200 }, (_, i) => 200 - i);
    assert.equal(quantile(values, 0.99), 198);
    assert.equal(quantile(values, 0), 1);
    assert.equal(quantile([7], 0.99), 7);
    assert.equal(quantile([], 0.5), NaN);
  });
});
