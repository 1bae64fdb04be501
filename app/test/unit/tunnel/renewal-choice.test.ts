import assert from 'node:assert/strict';
import { after, elapsed, instant, seconds } from '../../../src/core/time.ts';
import { RenewalChoice } from '../../../src/tunnel/renewal-choice.ts';
import { longestWaits } from '../core/fake-clock.ts';

describe('renewal of a connection', () => {
  const start = instant(1_000_000);
  const at = (time: number) => after(start, seconds(time));
  const due = (choice: RenewalChoice): number | undefined =>
    choice.deadline === undefined ? undefined : elapsed(start, choice.deadline) / 1000;

  function inSession(): RenewalChoice {
    const choice = new RenewalChoice(longestWaits);
    choice.sessionStarted();
    return choice;
  }

  it('is not wanted before the network has moved, nor without a session', () => {
    const choice = new RenewalChoice(longestWaits);
    choice.routesChanged(at(0));
    choice.sessionStarted();
    assert.equal(due(choice), undefined);
    choice.routesChanged(at(0));
    choice.sessionEnded();
    choice.sessionStarted();
    assert.equal(due(choice), undefined, 'the next connection begins at the right place');
  });

  it('is tried once, 2 s after the first change, however many follow', () => {
    const choice = inSession();
    for (const time of [0, 1, 1.5]) choice.routesChanged(at(time));
    assert.equal(due(choice), 2);
    assert.equal(choice.expire(at(1.9)), false);
    assert.equal(choice.expire(at(2)), true);
    assert.equal(due(choice), undefined);
    assert.equal(choice.expire(at(60)), false);
    choice.sessionEnded();
    choice.sessionStarted();
    assert.equal(due(choice), undefined);
  });

  it('is tried again after a move that came during the try, 10 s apart', () => {
    const choice = inSession();
    choice.routesChanged(at(0));
    choice.expire(at(2));
    choice.routesChanged(at(3));
    choice.sessionEnded();
    choice.sessionStarted();
    assert.equal(due(choice), 12);
  });

  it('waits twice as long after each failure, up to ten minutes, until the network moves', () => {
    const choice = inSession();
    choice.routesChanged(at(0));
    let now = 0;
    const waits = Array.from({ length: 7 }, () => {
      const then = due(choice)!;
      choice.expire(at(then));
      choice.tryFailed(at(then));
      const wait = then - now;
      now = then;
      return wait;
    });
    assert.deepEqual(waits, [2, 30, 60, 120, 240, 480, 600]);
    choice.routesChanged(at(now + 20));
    assert.equal(due(choice), now + 22);
  });

  it('is not wanted after a try that was given up', () => {
    const choice = inSession();
    choice.routesChanged(at(0));
    choice.expire(at(2));
    choice.routesChanged(at(3));
    choice.tryGivenUp();
    assert.equal(due(choice), undefined);
  });

  it('waits half as long at least, so that cards do not all try together', () => {
    const choice = new RenewalChoice(() => 0);
    choice.sessionStarted();
    choice.routesChanged(at(0));
    choice.expire(at(2));
    choice.tryFailed(at(2));
    assert.equal(due(choice), 17);
  });
});
