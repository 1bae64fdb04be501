import assert from 'node:assert/strict';
import { RepeatedWork } from '../../../src/core/repeated-work.ts';

describe('repeated work', () => {
  function setUp() {
    const ends: { resolve: (result: number) => void; reject: (error: Error) => void }[] = [];
    const work = new RepeatedWork<number>(
      () => new Promise((resolve, reject) => ends.push({ resolve, reject })),
    );
    return { ends, work };
  }

  it('runs at once when nothing runs, each time again', async () => {
    const { ends, work } = setUp();
    for (const round of [1, 2, 3]) {
      const result = work.request();
      assert.equal(ends.length, round);
      ends.at(-1)!.resolve(round);
      assert.equal(await result, round);
    }
  });

  it('answers any number of requests during a run with one run after it', async () => {
    const { ends, work } = setUp();
    const first = work.request();
    const later = Array.from({ length: 1000 }, () => work.request());
    assert.equal(ends.length, 1);
    ends[0]!.resolve(1);
    assert.equal(await first, 1);
    assert.equal(ends.length, 2);
    ends[1]!.resolve(2);
    assert.deepEqual(new Set(await Promise.all(later)), new Set([2]));
    assert.equal(ends.length, 2);
  });

  it('takes a request during the second run for a third', async () => {
    const { ends, work } = setUp();
    const first = work.request();
    const second = work.request();
    ends[0]!.resolve(1);
    await first;
    const third = work.request();
    ends[1]!.resolve(2);
    assert.equal(await second, 2);
    assert.equal(ends.length, 3);
    ends[2]!.resolve(3);
    assert.equal(await third, 3);
  });

  it('goes on after a run that failed', async () => {
    const { ends, work } = setUp();
    const first = work.request();
    const second = work.request();
    ends[0]!.reject(new RangeError('no'));
    await assert.rejects(first, RangeError);
    ends[1]!.resolve(2);
    assert.equal(await second, 2);
    const third = work.request();
    assert.equal(ends.length, 3);
    ends[2]!.resolve(3);
    assert.equal(await third, 3);
  });
});
