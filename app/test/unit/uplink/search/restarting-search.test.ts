import assert from 'node:assert/strict';
import { RestartingSearch } from '../../../../src/uplink/search/restarting-search.ts';
import { UplinkError, stoppedError } from '../../../../src/uplink/uplink-error.ts';
import { FakeClock, settle } from '../../core/fake-clock.ts';

/** Runs that end when they are given up, or as the test says. */
function setUp() {
  const clock = new FakeClock();
  const stop = new AbortController();
  const runs: {
    at: number;
    signal: AbortSignal;
    succeed: (value: string) => void;
    fail: (error: Error) => void;
  }[] = [];
  const world = { isWorthGoingOn: true };
  const reasons: string[] = [];
  const run = (signal: AbortSignal) => ({
    connection: new Promise<string>((succeed, fail) => {
      runs.push({ at: clock.now(), signal, succeed, fail });
      signal.addEventListener('abort', () => fail(stoppedError('connect')));
    }),
    routesChanged: () => world.isWorthGoingOn,
    transportUsable: () => undefined,
  });
  const onRestart = (reason: string): number => reasons.push(reason);
  const search = new RestartingSearch({ run, clock, signal: stop.signal, onRestart });
  return { clock, stop, runs, world, reasons, search };
}

const unreachable = new UplinkError('unreachable', 'no', { errno: 'X', syscall: 'connect' });

describe('search that restarts', () => {
  it('brings what its run brings', async () => {
    const { runs, search } = setUp();
    runs[0]!.succeed('connection');
    assert.equal(await search.connection, 'connection');
    assert.equal(runs[0]!.signal.aborted, true, 'nothing is left behind');
  });

  it('fails when its run fails', async () => {
    const { runs, search } = setUp();
    runs[0]!.fail(unreachable);
    await assert.rejects(search.connection, unreachable);
  });

  it('goes on when a change of routes does not concern it', async () => {
    const { runs, search } = setUp();
    search.routesChanged();
    await settle();
    assert.equal(runs.length, 1);
    assert.equal(runs[0]!.signal.aborted, false);
  });

  it('gives up at once what has lost its way, and restarts', async () => {
    const { clock, runs, search, world, reasons } = setUp();
    clock.advance(5000);
    world.isWorthGoingOn = false;
    search.routesChanged();
    assert.equal(runs[0]!.signal.aborted, true);
    await settle();
    assert.equal(runs.length, 2);
    assert.deepEqual(reasons, ['the network has changed']);
    runs[1]!.succeed('connection');
    assert.equal(await search.connection, 'connection');
  });

  it('fails when the run after a restart fails', async () => {
    const { clock, runs, search } = setUp();
    clock.advance(5000);
    search.restart('a test asks for it');
    await settle();
    runs[1]!.fail(unreachable);
    await assert.rejects(search.connection, unreachable);
    assert.equal(runs.length, 2);
  });

  it('restarts at most once a second', async () => {
    const { clock, runs, search } = setUp();
    for (let i = 0; i < 50; i++) {
      search.restart('a test asks for it');
      await settle();
      clock.advance(100);
      await settle();
    }
    assert.ok(runs.length <= 6, `${runs.length} runs in 5 s`);
    assert.ok(runs.length >= 4);
    for (let i = 1; i < runs.length; i++) assert.ok(runs[i]!.at - runs[i - 1]!.at >= 1000);
  });

  it('stops for good, also while it waits for its restart', async () => {
    const { stop, runs, search } = setUp();
    search.restart('a test asks for it');
    await settle();
    stop.abort();
    await assert.rejects(search.connection, { failure: 'stopped' });
    assert.equal(runs.length, 1);
  });

  it('stops with its run', async () => {
    const { stop, runs, search } = setUp();
    stop.abort();
    await assert.rejects(search.connection, { failure: 'stopped' });
    assert.equal(runs[0]!.signal.aborted, true);
  });
});
