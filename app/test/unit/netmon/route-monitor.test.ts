import assert from 'node:assert/strict';
import { SocketError, type LinkInfo, type RouteEvent } from 'tuntap2';
import {
  RouteMonitor,
  type RouteSource,
  type WatchedLink,
} from '../../../src/netmon/route-monitor.ts';
import { FakeClock, longestWaits } from '../core/fake-clock.ts';

const ours = 7;

function link(
  index: number,
  carrier: boolean,
  change: 'set' | 'removed' = 'set',
  mac = new Uint8Array(6),
): RouteEvent {
  const info: LinkInfo = {
    index,
    name: `if${index}`,
    mac,
    mtu: 1500,
    flags: 0,
    up: true,
    carrier,
    kind: '',
    master: undefined,
    lower: undefined,
  };
  return { kind: 'link', change, link: info };
}
const route: RouteEvent = { kind: 'route', change: 'set', family: 6 };
const address = (linkIndex: number): RouteEvent => ({
  kind: 'address',
  change: 'set',
  family: 6,
  linkIndex,
});

class FakeRoutes implements RouteSource {
  handlers: Parameters<RouteSource['watch']>[0] | undefined;
  carrier = true;
  stopped = 0;
  watches = 0;
  refusal: SocketError | undefined;
  mac = new Uint8Array(6);
  linkRefusal: SocketError | undefined;

  watch(handlers: Parameters<RouteSource['watch']>[0]): () => void {
    this.watches++;
    if (this.refusal !== undefined) throw this.refusal;
    this.handlers = handlers;
    return () => this.stopped++;
  }

  link(index: number): WatchedLink | undefined {
    if (this.linkRefusal !== undefined) throw this.linkRefusal;
    return index === ours ? { carrier: this.carrier, mac: this.mac } : undefined;
  }
}

describe('route monitor', () => {
  function setUp(carrier = true): {
    routes: FakeRoutes;
    clock: FakeClock;
    monitor: RouteMonitor;
    log: string[];
    macs: number[];
  } {
    const routes = new FakeRoutes();
    routes.carrier = carrier;
    const clock = new FakeClock();
    const log: string[] = [];
    const macs: number[] = [];
    const handlers = {
      carrierChanged: (has: boolean) => log.push(has ? 'up' : 'down'),
      macChanged: (mac: Uint8Array) => macs.push(mac[5]!),
      linkChanged: () => log.push('link'),
      routesChanged: () => log.push('routes'),
      failed: (error: Error) => log.push(`failed ${error.message}`),
    };
    const monitor = new RouteMonitor(ours, handlers, {
      source: routes,
      clock,
      random: longestWaits,
    });
    monitor.start();
    return { routes, clock, monitor, log, macs };
  }

  it('reports the carrier at the start', () => {
    assert.deepEqual(setUp(true).log, ['up']);
    assert.deepEqual(setUp(false).log, ['down']);
  });

  it('reports the carrier once per change, at once, and of its own interface only', () => {
    const { routes, log } = setUp();
    routes.handlers!.events([
      link(ours, true),
      link(ours, false),
      link(3, false),
      link(ours, true),
    ]);
    routes.handlers!.events([link(ours, true, 'removed')]);
    assert.deepEqual(log, ['up', 'down', 'up', 'down']);
  });

  it('reports a volley of changes once, when it has ended', () => {
    const { routes, clock, log } = setUp();
    routes.handlers!.events([route, address(3), link(3, true)]);
    clock.advance(100);
    routes.handlers!.events([route]);
    assert.deepEqual(log, ['up']);
    clock.advance(100);
    assert.deepEqual(log, ['up', 'routes']);
    clock.advance(1000);
    assert.deepEqual(log, ['up', 'routes']);
    routes.handlers!.events([route]);
    clock.advance(200);
    assert.deepEqual(log, ['up', 'routes', 'routes']);
  });

  it('reports the MAC address at the start and when it changes, before the carrier that comes with it', () => {
    const { routes, log, macs } = setUp(false);
    assert.deepEqual(macs, [0]);
    const withMac = (last: number, carrier: boolean) =>
      link(ours, carrier, 'set', Uint8Array.of(2, 0, 0, 0, 0, last));
    routes.handlers!.events([withMac(1, false), withMac(1, false), withMac(2, true)]);
    assert.deepEqual(
      [macs, log],
      [
        [0, 1, 2],
        ['down', 'up'],
      ],
    );
    routes.handlers!.events([link(ours, true, 'set', new Uint8Array(0)), link(3, true)]);
    routes.handlers!.events([link(ours, true, 'removed')]);
    assert.deepEqual(macs, [0, 1, 2], 'of a link without one, of another, of one that is gone');
    routes.mac = Uint8Array.of(2, 0, 0, 0, 0, 9);
    routes.handlers!.lost();
    assert.deepEqual(macs, [0, 1, 2, 9]);
  });

  it('takes addresses on its own interface for a change of that interface alone', () => {
    const { routes, clock, log } = setUp();
    routes.handlers!.events([address(ours), address(ours)]);
    assert.deepEqual(log, ['up']);
    clock.advance(1000);
    assert.deepEqual(log, ['up', 'link']);
  });

  it('reports changes of its own interface once, when they have ended', () => {
    const { routes, clock, log } = setUp();
    routes.handlers!.events([link(ours, true), address(ours), link(ours, true)]);
    clock.advance(200);
    assert.deepEqual(log, ['up', 'link']);
    routes.handlers!.events([link(ours, true, 'removed')]);
    clock.advance(200);
    assert.deepEqual(log, ['up', 'link', 'down', 'link']);
  });

  it('asks for the carrier again when events were lost, and assumes changed routes', () => {
    const { routes, clock, log } = setUp();
    routes.carrier = false;
    routes.handlers!.lost();
    clock.advance(200);
    assert.deepEqual(log, ['up', 'down', 'link', 'routes']);
  });

  it('starts over when it has failed, and assumes that it has missed something', () => {
    const { routes, clock, log } = setUp();
    routes.handlers!.failed(new RangeError('x'));
    assert.deepEqual(log, ['up', 'failed x']);
    assert.equal(routes.stopped, 1);
    assert.equal(routes.watches, 1);
    routes.carrier = false;
    clock.advance(1000);
    assert.equal(routes.watches, 2);
    clock.advance(200);
    assert.deepEqual(log, ['up', 'failed x', 'down', 'link', 'routes']);
    routes.handlers!.events([link(ours, true)]);
    assert.equal(log.at(-1), 'up');
  });

  it('retries without end, ever more rarely, and at once after it has worked', () => {
    const { routes, clock, log } = setUp();
    const refusal = new SocketError('x', { errno: 'EMFILE', syscall: 'socket' });
    routes.refusal = refusal;
    routes.handlers!.failed(refusal);
    for (let second = 0; second < 200; second++) clock.advance(1000);
    // After 1, 3, 7, 15, 31, 63, 123 and 183 s.
    assert.equal(routes.watches, 1 + 8);
    assert.equal(log.filter((line) => line.startsWith('failed')).length, 1 + 8);
    routes.refusal = undefined;
    clock.advance(60_000);
    routes.handlers!.events([route]);
    const before = routes.watches;
    routes.handlers!.failed(refusal);
    clock.advance(1000);
    assert.equal(routes.watches, before + 1);
  });

  it('starts over when not even the carrier can be read', () => {
    const { routes, clock, log } = setUp();
    routes.linkRefusal = new SocketError('x', { errno: 'ENOBUFS', syscall: 'sendto' });
    routes.handlers!.lost();
    assert.match(log.at(-1)!, /^failed x/);
    routes.linkRefusal = undefined;
    clock.advance(1200);
    assert.equal(log.at(-1), 'routes');
  });

  it('says nothing after close', () => {
    const { routes, clock, monitor, log } = setUp();
    routes.handlers!.events([route]);
    monitor.close();
    monitor.close();
    clock.advance(1000);
    assert.deepEqual(log, ['up']);
    assert.equal(routes.stopped, 1);
    assert.equal(clock.pending, 0);
  });

  it('does not start over after close', () => {
    const { routes, clock, monitor } = setUp();
    routes.handlers!.failed(new RangeError('x'));
    monitor.close();
    clock.advance(100_000);
    assert.equal(routes.watches, 1);
    assert.equal(clock.pending, 0);
  });
});
