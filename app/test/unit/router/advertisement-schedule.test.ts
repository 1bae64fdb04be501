import assert from 'node:assert/strict';
import fc from 'fast-check';
import { InternalError } from '../../../src/core/errors.ts';
import { instant, milliseconds, seconds } from '../../../src/core/time.ts';
import { AdvertisementSchedule } from '../../../src/router/advertisement-schedule.ts';

/** Runs the schedule by its own deadlines and returns the times of `count` advertisements. */
function timesOf(schedule: AdvertisementSchedule, count: number): number[] {
  const times: number[] = [];
  while (times.length < count) {
    const deadline = schedule.deadline;
    assert.ok(deadline !== undefined, 'a running schedule always has a deadline');
    assert.equal(schedule.takeDue(deadline), true);
    times.push(deadline);
  }
  return times;
}

describe('router/advertisement-schedule', () => {
  it('RFC 4861 6.2.4: sends three initial advertisements at most 16 s apart, then one per period', () => {
    const schedule = new AdvertisementSchedule(seconds(600), () => 0.999999);
    schedule.start(instant(1000));
    const times = timesOf(schedule, 5).map((time) => Math.round(time));
    assert.deepEqual(times, [1000, 17_000, 33_000, 633_000, 1_233_000]);
  });

  it('RFC 4861 6.2.4: a short period is not stretched to 16 s in the initial series', () => {
    const schedule = new AdvertisementSchedule(seconds(4), () => 0);
    schedule.start(instant(0));
    assert.deepEqual(timesOf(schedule, 4), [0, 3000, 6000, 9000]);
  });

  it('draws every interval from 0.75 to 1.0 of the period', () => {
    const property = fc.property(
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.integer({ min: 4000, max: 1_800_000 }),
      (random, period) => {
        const schedule = new AdvertisementSchedule(milliseconds(period), () => random);
        schedule.start(instant(0));
        const times = timesOf(schedule, 5);
        const interval = times[4]! - times[3]!;
        assert.ok(interval >= period * 0.75 - 0.01 && interval <= period + 0.01, `${interval}`);
      },
    );
    fc.assert(property);
  });

  it('RFC 4861 6.2.6: requests within 3 s of an advertisement become one, 3 s after it', () => {
    const schedule = new AdvertisementSchedule(seconds(600), () => 0);
    schedule.start(instant(0));
    assert.equal(schedule.takeDue(instant(0)), true);
    for (const time of [10, 500, 2999]) {
      schedule.request(instant(time));
      assert.equal(schedule.takeDue(instant(time)), false, `nothing goes out at ${time} ms`);
    }
    assert.equal(schedule.deadline, 3000);
    assert.equal(schedule.takeDue(instant(3000)), true);
    assert.equal(schedule.takeDue(instant(3000)), false);
  });

  it('RFC 4861 6.2.6: a request long after the last advertisement is due at once and resets the interval', () => {
    const schedule = new AdvertisementSchedule(seconds(600), () => 0);
    schedule.start(instant(0));
    timesOf(schedule, 3);
    schedule.request(instant(200_000));
    assert.equal(schedule.takeDue(instant(200_000)), true);
    assert.equal(schedule.deadline, 200_000 + 450_000);
  });

  it('a request never makes an advertisement later', () => {
    const schedule = new AdvertisementSchedule(seconds(4), () => 0);
    schedule.start(instant(0));
    schedule.takeDue(instant(0));
    schedule.request(instant(2999));
    assert.equal(schedule.deadline, 3000);
  });

  it('keeps the 3 s limit over a flapping link', () => {
    const schedule = new AdvertisementSchedule(seconds(600), () => 0);
    let sent = 0;
    for (let now = 0; now < 30_000; now += 100) {
      schedule.stop();
      assert.equal(schedule.deadline, undefined);
      schedule.start(instant(now));
      if (schedule.takeDue(instant(now))) sent += 1;
    }
    assert.equal(sent, 10);
  });

  it('is silent when stopped, even when asked', () => {
    const schedule = new AdvertisementSchedule(seconds(600), () => 0);
    schedule.request(instant(0));
    assert.equal(schedule.deadline, undefined);
    assert.equal(schedule.takeDue(instant(1_000_000)), false);
  });

  for (const period of [0, 3999, 1_800_001, Number.NaN, Number.POSITIVE_INFINITY]) {
    it(`refuses a period of ${period} ms`, () => {
      assert.throws(() => new AdvertisementSchedule(milliseconds(period), () => 0), InternalError);
    });
  }
});
