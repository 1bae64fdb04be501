/** What the router port keeps from the router, which allocates for each packet that it is asked about. */
import assert from 'node:assert/strict';
import type { Router } from '../../../../src/router/router.ts';
import { DeadlineTimer } from '../../../../src/platform/deadline-timer.ts';
import { RouterPort } from '../../../../src/daemon/packets/router-port.ts';
import { hostMac, otherMac } from '../../router/packets.ts';
import { outgoing } from '../../tunnel/frames.ts';
import { FakeClock } from '../../core/fake-clock.ts';

const flood = 500;
const atOnce = 20;
const perSecond = 20;
const packet = outgoing({ payload: new Uint8Array(8) });

describe('host routerPort', () => {
  let clock: FakeClock;
  let routerPort: RouterPort;
  let asked: string[];

  beforeEach(() => {
    clock = new FakeClock();
    asked = [];
    const note = (what: string) => () => {
      asked.push(what);
      return [];
    };
    const router = {
      deadline: undefined,
      packetTooBig: note('too big'),
      unreachable: note('unreachable'),
    } as unknown as Router;
    const link = { perform: () => undefined };
    routerPort = new RouterPort({ router, link, clock, timer: new DeadlineTimer(clock) });
  });

  type Report = 'tooBig' | 'wrongSource' | 'noTunnel';
  const count = (report: Report, times = flood): number => {
    const before = asked.length;
    for (let i = 0; i < times; i++) routerPort[report](packet, 0, packet.length);
    return asked.length - before;
  };

  for (const report of ['tooBig', 'wrongSource', 'noTunnel'] as const) {
    for (const mac of [undefined, otherMac]) {
      const origin = mac === undefined ? 'a burst' : 'a frame';
      it(`asks at a limited rate about ${report} of ${origin}`, () => {
        routerPort.beginBurst(mac);
        assert.equal(count(report), atOnce);
        let later = 0;
        for (let i = 0; i < 100; i++) {
          clock.advance(10);
          routerPort.beginBurst(mac);
          later += count(report, 5);
        }
        assert.equal(later, perSecond);
      });
    }
  }

  it('does not let frames use up what the bursts may ask, nor one report what another may', () => {
    routerPort.beginBurst(hostMac);
    assert.deepEqual([count('tooBig'), count('wrongSource')], [atOnce, atOnce]);
    routerPort.beginBurst();
    assert.deepEqual([count('tooBig'), count('wrongSource')], [atOnce, atOnce]);
    assert.equal(count('noTunnel'), atOnce);
  });

  it('goes by the time of the burst, however long that takes to look at', () => {
    routerPort.beginBurst();
    count('tooBig');
    clock.advance(1000);
    assert.equal(count('tooBig'), 0);
    routerPort.beginBurst();
    assert.equal(count('tooBig'), atOnce);
  });
});
