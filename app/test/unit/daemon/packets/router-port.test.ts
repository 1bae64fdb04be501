/** What the router port keeps from the router, which allocates for each packet that it is asked about. */
import assert from 'node:assert/strict';
import type { Router } from '../../../../src/router/router.ts';
import { DeadlineTimer } from '../../../../src/platform/deadline-timer.ts';
import type { PacketOrigin } from '../../../../src/daemon/packets/packet-origin.ts';
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
  const count = (report: Report, origin: PacketOrigin, times = flood): number => {
    const before = asked.length;
    for (let i = 0; i < times; i++) {
      if (report === 'noTunnel') routerPort.noTunnel(packet, 0, packet.length, origin.now);
      else routerPort[report](packet, 0, packet.length, origin);
    }
    return asked.length - before;
  };
  const from = (mac?: Uint8Array): PacketOrigin => ({ mac, now: clock.now() });

  for (const report of ['tooBig', 'wrongSource', 'noTunnel'] as const) {
    for (const mac of [undefined, otherMac]) {
      const origin = mac === undefined ? 'a burst' : 'a frame';
      it(`asks at a limited rate about ${report} of ${origin}`, () => {
        assert.equal(count(report, from(mac)), atOnce);
        let later = 0;
        for (let i = 0; i < 100; i++) {
          clock.advance(10);
          later += count(report, from(mac), 5);
        }
        assert.equal(later, perSecond);
      });
    }
  }

  it('does not let frames use up what the bursts may ask, nor one report what another may', () => {
    for (const origin of [from(hostMac), from()]) {
      assert.deepEqual([count('tooBig', origin), count('wrongSource', origin)], [atOnce, atOnce]);
    }
    assert.equal(count('noTunnel', from()), atOnce);
  });

  it('goes by the time of the burst, however long that takes to look at', () => {
    const first = from();
    count('tooBig', first);
    clock.advance(1000);
    assert.equal(count('tooBig', first), 0);
    assert.equal(count('tooBig', from()), atOnce);
  });
});
