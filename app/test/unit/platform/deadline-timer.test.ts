import assert from 'node:assert/strict';
import { UnixDatagram } from 'tuntap2';
import { after, milliseconds, type Instant } from '../../../src/core/time.ts';
import { DeadlineTimer, systemClock, type Timed } from '../../../src/platform/deadline-timer.ts';
import { FakeClock } from '../core/fake-clock.ts';

class Alarm implements Timed {
  deadline: Instant | undefined;
  readonly rings: number[] = [];
  /** Where the deadline moves when it has come. */
  next: (now: Instant) => Instant | undefined = () => undefined;

  expire(now: Instant): void {
    this.rings.push(now);
    this.deadline = this.next(now);
  }
}

describe('deadline timer', () => {
  function setUp(...offsets: number[]): {
    clock: FakeClock;
    timer: DeadlineTimer;
    alarms: Alarm[];
  } {
    const clock = new FakeClock();
    const timer = new DeadlineTimer(clock);
    const alarms = offsets.map((offset) => {
      const alarm = new Alarm();
      alarm.deadline = after(clock.now(), milliseconds(offset));
      timer.add(alarm);
      return alarm;
    });
    return { clock, timer, alarms };
  }

  it('calls each at its own time, and only then', () => {
    const { clock, alarms } = setUp(50, 20);
    clock.advance(19);
    assert.deepEqual(
      alarms.map(({ rings }) => rings.length),
      [0, 0],
    );
    clock.advance(1);
    assert.deepEqual(
      alarms.map(({ rings }) => rings.length),
      [0, 1],
    );
    clock.advance(30);
    assert.deepEqual(
      alarms.map(({ rings }) => rings.length),
      [1, 1],
    );
    clock.advance(1000);
    assert.deepEqual(
      alarms.map(({ rings }) => rings.length),
      [1, 1],
    );
    assert.equal(clock.pending, 0);
  });

  it('is not set again when a deadline moves away', () => {
    const { clock, timer, alarms } = setUp(20);
    const before = clock.schedules;
    for (let i = 0; i < 100; i++) {
      alarms[0]!.deadline = after(clock.now(), milliseconds(1000 + i));
      timer.refresh();
    }
    assert.equal(clock.schedules, before);
    clock.advance(20);
    assert.equal(alarms[0]!.rings.length, 0, 'looked, and found it was too early');
    clock.advance(1080);
    assert.equal(alarms[0]!.rings.length, 1);
  });

  it('is set again for an earlier deadline', () => {
    const { clock, timer, alarms } = setUp(1000);
    alarms[0]!.deadline = after(clock.now(), milliseconds(5));
    timer.refresh();
    assert.equal(clock.pending, 1);
    clock.advance(5);
    assert.equal(alarms[0]!.rings.length, 1);
  });

  it('serves a deadline that repeats, and one that is set while another rings', () => {
    const { clock, alarms } = setUp(10, 10);
    const [first, second] = alarms as [Alarm, Alarm];
    first.next = (now) => after(now, milliseconds(10));
    second.next = (now) => after(now, milliseconds(25));
    clock.advance(60);
    assert.equal(first.rings.length, 6);
    assert.equal(second.rings.length, 3);
  });

  it('does not call back after it was removed, and nothing after close', () => {
    const { clock, timer, alarms } = setUp(10, 20);
    timer.remove(alarms[0]!);
    clock.advance(10);
    assert.equal(alarms[0]!.rings.length, 0);
    timer.close();
    clock.advance(100);
    assert.equal(alarms[1]!.rings.length, 0);
    assert.equal(clock.pending, 0);
  });

  it('survives deadlines beyond what a timer of Node.js keeps', () => {
    const { clock, alarms } = setUp(2 ** 32);
    clock.advance(2 ** 32 - 1);
    assert.equal(alarms[0]!.rings.length, 0);
    clock.advance(1);
    assert.equal(alarms[0]!.rings.length, 1);
  });
});

describe('system clock', () => {
  it('only goes forward, and calls back no earlier than asked', async () => {
    const start = systemClock.now();
    await new Promise<void>((resolve) => systemClock.schedule(milliseconds(3), resolve));
    assert.ok(systemClock.now() - start >= 3);
  });

  it('waits for the rest when a timer of Node.js rings early', async () => {
    const exact = performance.now.bind(performance);
    const begun = exact();
    // Half as fast as the timers. Hides the method of the prototype.
    performance.now = () => begun + (exact() - begun) / 2;
    try {
      const start = systemClock.now();
      await new Promise<void>((resolve) => systemClock.schedule(milliseconds(10), resolve));
      assert.ok(systemClock.now() - start >= 10);
    } finally {
      delete (performance as { now?: unknown }).now;
    }
  });

  it('does not call back what was called off', async () => {
    const cancel = systemClock.schedule(milliseconds(1), () => assert.fail('called off'));
    cancel();
    await new Promise<void>((resolve) => systemClock.schedule(milliseconds(5), resolve));
  });

  it('does not call back what is called off when it is due already', async () => {
    const cancel = systemClock.schedule(milliseconds(1), () => assert.fail('called off'));
    setTimeout(cancel, 2);
    sleepThrough(20);
    await new Promise<void>((resolve) => systemClock.schedule(milliseconds(5), resolve));
  });

  it('calls back after what came in while the process stood still', async () => {
    const [near, far] = [new UnixDatagram(), new UnixDatagram()];
    const name = `@system-clock-${process.pid}`;
    near.bind(name);
    const order: string[] = [];
    near.start({ onMessage: () => order.push('message'), onError: assert.fail });
    const rings = new Promise<void>((resolve) =>
      systemClock.schedule(milliseconds(1), () => {
        order.push('timer');
        resolve();
      }),
    );
    far.send('x', { to: name });
    sleepThrough(20);
    await rings;
    near.close();
    far.close();
    assert.deepEqual(order, ['message', 'timer']);
  });

  /** The whole process waits, as when the machine gives it no processor. */
  function sleepThrough(wait: number): void {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, wait);
  }
});
