import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  maxRepeatWindows,
  RepeatFilter,
  repeatWindowMilliseconds as minute,
} from '../../../src/platform/repeat-filter.ts';

describe('repeat filter', () => {
  const event = (text: string) => ({ tag: 'x', text });

  it('admits the first at once and counts the others of its minute', () => {
    const filter = new RepeatFilter<string>();
    assert.equal(filter.admit('a', event('a'), 0), true);
    assert.equal(filter.admit('a', event('a'), 1), false);
    assert.equal(filter.admit('a', event('a'), minute - 1), false);
    assert.deepEqual(filter.expire(minute - 1), []);
    assert.deepEqual(filter.expire(minute), [{ tag: 'x', text: 'a', count: 2 }]);
  });

  it('reports an endless stream once a minute', () => {
    const filter = new RepeatFilter<string>();
    let lines = 0;
    for (let now = 0; now < 10 * minute; now += 100) {
      lines += filter.expire(now).length;
      if (filter.admit('a', event('a'), now)) lines++;
    }
    assert.equal(lines, 10);
  });

  it('forgets what did not repeat', () => {
    const filter = new RepeatFilter<string>();
    filter.admit('a', event('a'), 0);
    assert.equal(filter.deadline, minute);
    assert.deepEqual(filter.expire(minute), []);
    assert.equal(filter.deadline, undefined);
    assert.equal(filter.admit('a', event('a'), minute), true);
  });

  it('keeps kinds apart and reports the last text of each', () => {
    const filter = new RepeatFilter<string>();
    assert.equal(filter.admit('a', event('1 dropped'), 0), true);
    assert.equal(filter.admit('b', event('b'), 5), true);
    assert.equal(filter.admit('a', event('7 dropped'), 9), false);
    assert.deepEqual(filter.expire(Infinity), [{ tag: 'x', text: '7 dropped', count: 1 }]);
    assert.equal(filter.deadline, undefined);
  });

  it('reports the oldest early when there are too many kinds', () => {
    const filter = new RepeatFilter<string>();
    for (const time of [0, 1]) filter.admit('first', event('first'), time);
    for (let i = 1; i <= maxRepeatWindows; i++) filter.admit(`kind ${i}`, event('other'), 2);
    assert.deepEqual(filter.expire(3), [{ tag: 'x', text: 'first', count: 1 }]);
    assert.equal(filter.admit('first', event('first'), 4), true);
  });

  it('loses no event: admitted at once, counted, or still held back', () => {
    const steps = fc.array(fc.tuple(fc.nat(minute), fc.nat(2 * maxRepeatWindows)), {
      maxLength: 600,
    });
    fc.assert(
      fc.property(steps, (events) => {
        const filter = new RepeatFilter<string>();
        let now = 0;
        let told = 0;
        for (const [wait, kind] of events) {
          now += wait;
          for (const { count } of filter.expire(now)) told += count;
          if (filter.admit(`${kind}`, event('x'), now)) told++;
          assert.ok((filter.deadline ?? 0) > now);
        }
        for (const { count } of filter.expire(Infinity)) told += count;
        assert.equal(told, events.length);
      }),
      { numRuns: 100 },
    );
  });
});
