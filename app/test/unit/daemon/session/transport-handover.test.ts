import assert from 'node:assert/strict';
import type { ServerSearch } from '../../../../src/uplink/search/restarting-search.ts';
import { UplinkError, stoppedError } from '../../../../src/uplink/uplink-error.ts';
import { DeadlineTimer } from '../../../../src/platform/deadline-timer.ts';
import { TransportHandover } from '../../../../src/daemon/session/transport-handover.ts';
import { FakeClock, settle, longestWaits } from '../../core/fake-clock.ts';
import { TransportChoice } from '../../../../src/tunnel/transport-choice.ts';

interface FakeConnection {
  readonly rank: number;
}

/** A mover and the tries that it makes, which the test ends. */
function setUp() {
  const clock = new FakeClock();
  const log: string[] = [];
  const released: FakeConnection[] = [];
  const bugs: unknown[] = [];
  const tries: {
    signal: AbortSignal;
    stand: (connection: FakeConnection) => void;
    fail: (error: unknown) => void;
  }[] = [];
  const handover: TransportHandover<FakeConnection> = new TransportHandover<FakeConnection>({
    clock,
    timer: new DeadlineTimer(clock),
    onStanding: (rank) => log.push(`standing ${rank}`),
    release: (connection) => released.push(connection),
    onBug: (bug) => bugs.push(bug),
    choice: new TransportChoice({ random: longestWaits }),
  });
  const connect = (signal: AbortSignal): ServerSearch<FakeConnection> => ({
    connection: new Promise<FakeConnection>((stand, fail) => tries.push({ signal, stand, fail })),
    routesChanged: () => log.push('routes'),
    transportUsable: (name) => log.push(`usable ${name}`),
    restart: () => log.push('restart'),
  });
  const begin = (rank: number): void => handover.sessionStarted(rank, connect);
  return { clock, log, released, bugs, tries, handover, begin };
}

const unreachable = new UplinkError('unreachable', 'no', { errno: 'X', syscall: 'connect' });

describe('transport handover', () => {
  it('tries the better transports beside the session, and offers what stands', async () => {
    const { clock, log, tries, handover, begin } = setUp();
    begin(1);
    assert.equal(handover.tryingBelow, undefined);
    clock.advance(30_000);
    assert.equal(handover.tryingBelow, 1);
    tries[0]!.stand({ rank: 0 });
    await settle();
    assert.deepEqual(log, ['standing 0']);
    assert.equal(handover.hasStanding, true);
    assert.deepEqual(handover.take(), { rank: 0 });
    assert.equal(handover.take(), undefined, 'once');
  });

  it('goes on with a try when the session ends, also into the next one', async () => {
    const { clock, log, tries, handover, begin } = setUp();
    begin(1);
    clock.advance(30_000);
    handover.sessionEnded();
    assert.equal(handover.tryingBelow, 1);
    begin(1);
    clock.advance(600_000);
    assert.equal(tries.length, 1, 'one at a time');
    tries[0]!.stand({ rank: 0 });
    await settle();
    assert.deepEqual(log, ['standing 0']);
  });

  it('tries again later when a try has failed, whichever session it was for', async () => {
    const { clock, tries, handover, begin } = setUp();
    begin(1);
    clock.advance(30_000);
    handover.sessionEnded();
    begin(1);
    tries[0]!.fail(unreachable);
    await settle();
    assert.equal(handover.tryingBelow, undefined);
    clock.advance(60_000);
    assert.equal(tries.length, 2);
  });

  for (const [what, act] of [
    ['was given up', (handover: TransportHandover<FakeConnection>) => handover.giveUp()],
    ['is closed', (handover: TransportHandover<FakeConnection>) => handover.close()],
  ] as const) {
    it(`destroys a late connection of a try that ${what}`, async () => {
      const { clock, log, released, tries, handover, begin } = setUp();
      begin(1);
      clock.advance(30_000);
      act(handover);
      assert.equal(tries[0]!.signal.aborted, true);
      tries[0]!.stand({ rank: 0 });
      await settle();
      assert.deepEqual(released, [{ rank: 0 }]);
      assert.deepEqual(log, []);
      assert.equal(handover.hasStanding, false);
    });
  }

  it('destroys what stands and was not taken', async () => {
    const { clock, released, tries, handover, begin } = setUp();
    begin(1);
    clock.advance(30_000);
    tries[0]!.stand({ rank: 0 });
    await settle();
    handover.giveUp();
    assert.deepEqual(released, [{ rank: 0 }]);
    assert.equal(handover.hasStanding, false);
  });

  it('can try again after a try that was given up', async () => {
    const { clock, tries, handover, begin } = setUp();
    begin(1);
    clock.advance(30_000);
    handover.giveUp();
    tries[0]!.fail(stoppedError('connect'));
    await settle();
    handover.sessionEnded();
    begin(1);
    clock.advance(30_000);
    assert.equal(tries.length, 2);
  });

  it('hands on what the network does', () => {
    const { clock, log, handover, begin } = setUp();
    begin(1);
    handover.routesChanged();
    handover.transportUsable('tcp');
    assert.deepEqual(log, []);
    clock.advance(30_000);
    handover.routesChanged();
    handover.transportUsable('tcp');
    assert.deepEqual(log, ['routes', 'usable tcp', 'routes']);
  });

  it('hands a fault of ours on', async () => {
    const { clock, bugs, tries, begin } = setUp();
    begin(1);
    clock.advance(30_000);
    const bug = new TypeError('a bug');
    tries[0]!.fail(bug);
    await settle();
    assert.deepEqual(bugs, [bug]);
  });
});
