import assert from 'node:assert/strict';
import fc from 'fast-check';
import { after, elapsed, instant, seconds, type Instant } from '../../../src/core/time.ts';
import { TransportChoice } from '../../../src/tunnel/transport-choice.ts';
import { longestWaits } from '../core/fake-clock.ts';

/** A choice with a clock of its own. */
function setUp() {
  const choice = new TransportChoice({ random: longestWaits });
  const clock = { now: instant(1_000_000) };
  const start = clock.now;
  return {
    choice,
    get now(): Instant {
      return clock.now;
    },
    pass(time: number): void {
      clock.now = after(clock.now, seconds(time));
    },
    /** Seconds from now to the deadline. */
    due(): number | undefined {
      const { deadline } = choice;
      return deadline === undefined ? undefined : elapsed(clock.now, deadline) / 1000;
    },
    start,
  };
}

describe('transport choice', () => {
  it('has nothing to do without a session, or on the best transport', () => {
    const world = setUp();
    assert.equal(world.due(), undefined);
    world.choice.sessionStarted(0, world.now);
    world.choice.routesChanged(world.now);
    assert.equal(world.due(), undefined);
    assert.equal(world.choice.expire(after(world.now, seconds(1e6))), false);
  });

  it('tries the better ones now and then, less and less often', () => {
    const world = setUp();
    world.choice.sessionStarted(1, world.now);
    const waits: (number | undefined)[] = [];
    for (let tries = 0; tries < 7; tries++) {
      waits.push(world.due());
      world.pass(world.due()!);
      assert.equal(world.choice.expire(world.now), true);
      assert.equal(world.due(), undefined, 'one at a time');
      world.choice.tryFailed(world.now);
    }
    assert.deepEqual(waits, [30, 60, 120, 240, 480, 600, 600]);
  });

  it('tries not a moment early', () => {
    const world = setUp();
    world.choice.sessionStarted(1, world.now);
    assert.equal(world.choice.expire(instant(after(world.now, seconds(30)) - 1)), false);
    assert.equal(world.choice.expire(after(world.now, seconds(30))), true);
  });

  it('tries soon after the network has changed, once it is quiet', () => {
    const world = setUp();
    world.choice.sessionStarted(1, world.now);
    world.choice.routesChanged(world.now);
    assert.equal(world.due(), 2);
    world.pass(1);
    world.choice.routesChanged(world.now);
    assert.equal(world.due(), 2);
    world.pass(2);
    assert.equal(world.choice.expire(world.now), true);
  });

  it('a network that never becomes quiet does not put the try off without end', () => {
    const world = setUp();
    world.choice.sessionStarted(1, world.now);
    world.choice.routesChanged(world.now);
    for (let changes = 0; changes < 4; changes++) {
      world.pass(1);
      world.choice.routesChanged(world.now);
    }
    assert.equal(world.due(), 1);
    world.pass(1);
    assert.equal(world.choice.expire(world.now), true);
  });

  it('a change right after a try that failed gets its own, 5 s later', () => {
    const world = setUp();
    world.choice.sessionStarted(1, world.now);
    world.choice.routesChanged(world.now);
    world.pass(2);
    assert.equal(world.choice.expire(world.now), true);
    world.pass(1);
    world.choice.routesChanged(world.now);
    world.choice.tryFailed(world.now);
    assert.equal(world.due(), 4);
  });

  /** Moves to the best transport and back after `lived` seconds. */
  function visit(world: ReturnType<typeof setUp>, lived: number): void {
    world.pass(world.due()!);
    assert.equal(world.choice.expire(world.now), true);
    world.choice.sessionEnded(world.now);
    world.choice.sessionStarted(0, world.now);
    world.pass(lived);
    world.choice.sessionEnded(world.now);
    world.choice.sessionStarted(1, world.now);
    world.choice.routesChanged(world.now);
  }

  it('stays away from a transport that did not last, each time for longer', () => {
    const world = setUp();
    world.choice.sessionStarted(1, world.now);
    const waits: (number | undefined)[] = [];
    for (let visits = 0; visits < 6; visits++) {
      visit(world, 10);
      waits.push(world.due());
    }
    assert.deepEqual(waits, [30, 60, 120, 240, 480, 600]);
  });

  it('forgets that once it lasted', () => {
    const world = setUp();
    world.choice.sessionStarted(1, world.now);
    visit(world, 10);
    visit(world, 10);
    assert.equal(world.due(), 60);
    visit(world, 60);
    assert.equal(world.due(), 2);
  });

  it('whatever happens: never more than one try in 5 s, and always a next one on a lesser transport', () => {
    const event = fc.oneof(
      fc.record({ kind: fc.constant('pass' as const), time: fc.nat(700) }),
      fc.record({ kind: fc.constant('change' as const) }),
      fc.record({ kind: fc.constant('fail' as const) }),
      fc.record({ kind: fc.constant('move' as const), lived: fc.nat(100) }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const world = setUp();
        world.choice.sessionStarted(1, world.now);
        let lastTry = -Infinity;
        let isTrying = false;
        for (const step of events) {
          if (step.kind === 'pass') world.pass(step.time);
          if (step.kind === 'change') world.choice.routesChanged(world.now);
          if (isTrying && step.kind === 'fail') {
            world.choice.tryFailed(world.now);
            isTrying = false;
          }
          if (isTrying && step.kind === 'move') {
            world.choice.sessionEnded(world.now);
            world.choice.sessionStarted(0, world.now);
            world.pass(step.lived);
            world.choice.sessionEnded(world.now);
            world.choice.sessionStarted(1, world.now);
            isTrying = false;
          }
          if (world.choice.expire(world.now)) {
            assert.ok(world.now - lastTry >= 5000, `two tries in ${world.now - lastTry} ms`);
            lastTry = world.now;
            isTrying = true;
          }
          if (!isTrying) assert.ok(world.due() !== undefined && world.due()! <= 600);
        }
      }),
    );
  });

  it('waits half as long at least, so that cards do not all try together', () => {
    const choice = new TransportChoice({ random: () => 0 });
    const start = instant(0);
    choice.sessionStarted(1, start);
    assert.equal(choice.deadline, after(start, seconds(15)));
  });
});
