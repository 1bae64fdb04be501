import assert from 'node:assert/strict';
import fc from 'fast-check';
import { seconds } from '../../../src/core/time.ts';
import { Backoff } from '../../../src/core/backoff.ts';

const longest = (): number => 0.999999;

describe('back-off', () => {
  it('doubles from 1 s and stops at 60 s', () => {
    const backoff = new Backoff({ random: longest });
    const waits = Array.from({ length: 9 }, () => backoff.next());
    assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60].map(seconds));
  });

  it('clamps before it jitters, so that cards spread out at the longest wait too', () => {
    const backoff = new Backoff({ random: () => 0 });
    const waits = Array.from({ length: 8 }, () => backoff.next());
    assert.deepEqual(waits, [0.5, 1, 2, 4, 8, 16, 30, 30].map(seconds));
  });

  it('starts over after a session of 60 s, and not after a shorter one', () => {
    const backoff = new Backoff({ random: longest });
    for (let i = 0; i < 3; i++) backoff.next();
    backoff.sessionEnded(seconds(59.9));
    assert.equal(backoff.next(), seconds(8));
    backoff.sessionEnded(seconds(60));
    assert.equal(backoff.next(), seconds(1));
  });

  it('stays within 50 and 100 % of the doubled wait, for any randomness', () => {
    const anyRandom = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.array(anyRandom, { minLength: 1, maxLength: 20 }), (numbers) => {
        const source = numbers.values();
        const backoff = new Backoff({ random: () => source.next().value ?? 0 });
        numbers.forEach((_, attempt) => {
          const full = Math.min(1000 * 2 ** attempt, 60_000);
          const wait = backoff.next();
          assert.ok(wait >= full / 2 && wait <= full, `attempt ${attempt}: ${wait}`);
        });
      }),
    );
  });
});
