/**
 * Each way in which a server can misbehave is named, and ends in a working tunnel again. The seconds are those of a
 * machine that does nothing else; see test/harness/until.ts.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import assert from 'node:assert/strict';
import { defaultRoute } from '../harness/host-client.ts';
import { siteForEach } from './site-fixture.ts';

/** Milliseconds, as in the configuration; the times below follow from them. */
const keys = { 'remote.heartbeat_period': '2000', 'remote.heartbeat_timeout': '1000' };

interface Fault {
  readonly misbehave: readonly string[];
  /** What the log says after "tunnel down: ". */
  readonly cause: RegExp;
  /** From the start of the service to that line. */
  readonly namedWithin: number;
  /** From a good server to the first answer through it: the longest back-off by then, and a connection. */
  readonly backWithin: number;
}

const faults: readonly Fault[] = [
  {
    misbehave: ['close-before-first-byte'],
    cause: /the server closed the connection|connection lost: ECONNRESET/,
    namedWithin: 3,
    backWithin: 10,
  },
  {
    misbehave: ['refuse-after-handshake'],
    cause: /the server refused this client: it ended the session before its first byte/,
    namedWithin: 3,
    backWithin: 10,
  },
  {
    misbehave: ['stall'],
    cause: /the server took the connection and then said nothing/,
    namedWithin: 4,
    backWithin: 10,
  },
  {
    misbehave: ['no-heartbeat'],
    cause: /the server took the connection and then said nothing/,
    namedWithin: 4,
    backWithin: 10,
  },
  {
    misbehave: ['stall=2'],
    cause: /no answer to the heartbeat/,
    namedWithin: 8,
    backWithin: 10,
  },
  {
    misbehave: ['garbage=4000'],
    cause: /the server sent a frame of \d+ bytes, more than the protocol allows/,
    namedWithin: 6,
    backWithin: 12,
  },
  {
    misbehave: ['overlong'],
    cause: /the server sent a frame of 1497 bytes, more than the protocol allows/,
    namedWithin: 3,
    backWithin: 10,
  },
  {
    misbehave: ['drop-up'],
    cause: /the server took the connection and then said nothing/,
    namedWithin: 4,
    backWithin: 10,
  },
  {
    misbehave: ['drop-down'],
    cause: /the server took the connection and then said nothing/,
    namedWithin: 4,
    backWithin: 10,
  },
];

for (const { misbehave, cause, namedWithin, backWithin } of faults) {
  describe(`a server with ${misbehave.join(', ')}`, () => {
    const site = siteForEach({ link: 'ethernet', misbehave, keys });

    it('is named soon; a good one serves the host soon', async () => {
      const named = new RegExp(`tunnel down: (${cause.source})`);
      await site().enftun.until('the cause', namedWithin, () => named.test(site().enftun.log()));
      assert.ok(await defaultRoute(site().host), 'the host keeps its router');
      await site().enfServer.kill();
      await site().restartEnf({});
      await site().untilPing(backWithin);
      site().assertServiceAlive();
    });
  });
}

describe('a server that sends empty frames', () => {
  const site = siteForEach({
    link: 'ethernet',
    misbehave: ['length-zero=50', 'no-heartbeat'],
    keys,
  });

  it('is alive: they count like any traffic', async () => {
    await site().untilOnline();
    await sleep(5000); // two periods and two timeouts
    assert.doesNotMatch(site().enftun.log(), /tunnel down/);
  });
});
