/**
 * Each way in which a server can misbehave is named, and ends in a working tunnel again. The seconds are those of a
 * machine that does nothing else; see test/harness/until.ts.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import assert from 'node:assert/strict';
import type { MessageCode } from '../../src/platform/message-codes.ts';
import { hasLogged } from '../harness/logged.ts';
import { defaultRoute } from '../harness/host-client.ts';
import { routerAddresses } from '../harness/topology.ts';
import { siteForEach } from './site-fixture.ts';

/** Milliseconds, as in the configuration; the times below follow from them. */
const keys = { 'remote.heartbeat_period': '2000', 'remote.heartbeat_timeout': '1000' };

interface Fault {
  readonly misbehave: readonly string[];
  /** Any of these in the log. */
  readonly causes: readonly MessageCode[];
  /** From the start of the service to that line. */
  readonly namedWithin: number;
  /** From a good server to the first answer through it: the longest back-off by then, and a connection. */
  readonly backWithin: number;
}

const faults: readonly Fault[] = [
  {
    misbehave: ['close-before-first-byte'],
    causes: ['tunnel-down.closed', 'tunnel-down.connection-lost'],
    namedWithin: 3,
    backWithin: 10,
  },
  {
    misbehave: ['refuse-after-handshake'],
    causes: ['tunnel-down.refused'],
    namedWithin: 3,
    backWithin: 10,
  },
  {
    misbehave: ['stall'],
    causes: ['tunnel-down.silent'],
    namedWithin: 4,
    backWithin: 10,
  },
  {
    misbehave: ['no-heartbeat'],
    causes: ['tunnel-down.silent'],
    namedWithin: 4,
    backWithin: 10,
  },
  {
    misbehave: ['stall=2'],
    causes: ['tunnel-down.heartbeat-timeout'],
    namedWithin: 8,
    backWithin: 10,
  },
  {
    misbehave: ['garbage=4000'],
    causes: ['tunnel-down.bad-frame'],
    namedWithin: 6,
    backWithin: 12,
  },
  {
    misbehave: ['overlong'],
    causes: ['tunnel-down.bad-frame'],
    namedWithin: 3,
    backWithin: 10,
  },
  {
    misbehave: ['drop-up'],
    causes: ['tunnel-down.silent'],
    namedWithin: 4,
    backWithin: 10,
  },
  {
    misbehave: ['drop-down'],
    causes: ['tunnel-down.silent'],
    namedWithin: 4,
    backWithin: 10,
  },
];

for (const { misbehave, causes, namedWithin, backWithin } of faults) {
  describe(`a server with ${misbehave.join(', ')}`, () => {
    const site = siteForEach({ link: 'ethernet', misbehave, keys });

    it('is named soon; a good one serves the host soon', async () => {
      await site().enftun.until('the cause', namedWithin, () =>
        causes.some((cause) => hasLogged(site().enftun.log(), cause)),
      );
      assert.ok(await defaultRoute(site().host), 'the host keeps its router');
      await site().enfServer.kill();
      await site().restartEnf({});
      await site().untilPing(backWithin);
      site().assertServiceAlive();
    });
  });
}

describe('a server that refuses this client', () => {
  const { ipv4, ipv6 } = routerAddresses;
  const site = siteForEach({
    link: 'ethernet',
    misbehave: ['refuse-after-handshake'],
    keys: { ...keys, 'remote.hosts': `[ "${ipv4}", "${ipv6}" ]` },
  });

  it('does not keep it from the other hosts of the configuration', async () => {
    for (const address of [ipv4, ipv6]) {
      await site().enftun.until(`a tunnel to ${address}`, 10, () =>
        site().enftun.log().includes(`through ${address} port`),
      );
    }
  });
});

describe('a server that sends empty frames', () => {
  const site = siteForEach({
    link: 'ethernet',
    misbehave: ['length-zero=50', 'no-heartbeat'],
    keys,
  });

  it('is alive: they count like any traffic', async () => {
    await site().untilOnline();
    await sleep(5000); // two periods and two timeouts
    assert.ok(!hasLogged(site().enftun.log(), 'tunnel-down'));
  });
});
