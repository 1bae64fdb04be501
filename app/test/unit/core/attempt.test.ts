import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { Attempt, GivenUpError, unlessGivenUp } from '../../../src/core/attempt.ts';

/** A promise that the test settles. */
function pending<T>(): {
  work: Promise<T>;
  done: (value: T) => void;
  fail: (error: Error) => void;
} {
  let done: (value: T) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const work = new Promise<T>((resolve, reject) => ((done = resolve), (fail = reject)));
  return { work, done, fail };
}

describe('an attempt', () => {
  it('goes on until it is given up, and says so to who asks', () => {
    const attempt = new Attempt();
    attempt.signal.throwIfAborted();
    assert.equal(attempt.isGivenUp, false);
    attempt.giveUp();
    attempt.giveUp();
    assert.equal(attempt.isGivenUp, true);
    assert.throws(() => attempt.signal.throwIfAborted(), GivenUpError);
  });

  it('is given up with the work that it is a part of, before or after it begins', () => {
    const whole = new Attempt();
    const part = new Attempt(whole.signal);
    whole.giveUp();
    assert.equal(part.isGivenUp, true);
    assert.equal(new Attempt(whole.signal).isGivenUp, true);
  });

  it('leaves nothing behind with the work that it is a part of', () => {
    const whole = new AbortController();
    for (let i = 0; i < 20; i++) new Attempt(whole.signal).giveUp();
    assert.equal(getEventListeners(whole.signal, 'abort').length, 0);
  });
});

describe('the result of work', () => {
  it('is its own as long as it is wanted', async () => {
    const { signal } = new Attempt();
    assert.equal(await unlessGivenUp(Promise.resolve(1), signal), 1);
    await assert.rejects(unlessGivenUp(Promise.reject(new RangeError()), signal), RangeError);
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });

  it('is not waited for when the work is given up, and released when it comes', async () => {
    const attempt = new Attempt();
    const { work, done } = pending<string>();
    const released: string[] = [];
    const result = unlessGivenUp(work, attempt.signal, (late) => released.push(late));
    attempt.giveUp();
    await assert.rejects(result, GivenUpError);
    done('late');
    await work;
    assert.deepEqual(released, ['late']);
  });

  it('is released when the work had been given up before', async () => {
    const attempt = new Attempt();
    attempt.giveUp();
    const released: string[] = [];
    const work = Promise.resolve('late');
    await assert.rejects(
      unlessGivenUp(work, attempt.signal, (late) => released.push(late)),
      GivenUpError,
    );
    await work;
    assert.deepEqual(released, ['late']);
  });

  it('is of no interest when work that was given up fails', async () => {
    const attempt = new Attempt();
    const { work, fail } = pending<string>();
    const result = unlessGivenUp(work, attempt.signal);
    attempt.giveUp();
    await assert.rejects(result, GivenUpError);
    fail(new RangeError());
    await new Promise((resolve) => setImmediate(resolve));
  });
});
