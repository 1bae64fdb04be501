/** Link, address and route changes as the kernel reports them. Runs as root in a network namespace of its own. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  getLink,
  parseRouteMessages,
  RouteGroup,
  RouteNetlink,
  type RouteEvent,
} from '../../src/index.ts';

function ip(...words: string[]): void {
  execFileSync('ip', words, { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Collects events until one is found that the test waits for. */
class Watcher {
  readonly netlink: RouteNetlink;
  readonly events: RouteEvent[] = [];
  overflows = 0;
  bursts = 0;
  #wake: () => void = () => undefined;

  constructor(groups: number, receiveBufferBytes?: number) {
    this.netlink = new RouteNetlink({ groups, receiveBufferBytes });
    this.netlink.start({
      onMessages: (bytes) => {
        this.bursts++;
        this.events.push(...parseRouteMessages(bytes));
        this.#wake();
      },
      onOverflow: () => {
        this.overflows++;
        this.#wake();
      },
      onError: assert.ifError,
    });
  }

  async until(what: string, condition: () => boolean): Promise<void> {
    const deadline = performance.now() + 50_000;
    while (!condition()) {
      const left = deadline - performance.now();
      assert.ok(left > 0, `waited in vain for ${what}; got ${JSON.stringify(this.events)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  link(name: string, condition: (event: RouteEvent & { kind: 'link' }) => boolean): Promise<void> {
    return this.until(`link ${name}`, () =>
      this.events.some((e) => e.kind === 'link' && e.link.name === name && condition(e)),
    );
  }
}

describe('tuntap2 netlink in a namespace', () => {
  let watcher: Watcher | undefined;

  afterEach(() => {
    watcher?.netlink.close();
    watcher = undefined;
    if (getLink('usbC')) ip('link', 'delete', 'usbC');
  });

  it('reports a link that is added, loses its carrier and is removed', async () => {
    watcher = new Watcher(RouteGroup.link);
    ip('link', 'add', 'vethA', 'mtu', '1400', 'type', 'veth', 'peer', 'name', 'vethB');
    await watcher.link('vethA', ({ change }) => change === 'set');
    ip('link', 'set', 'vethA', 'up');
    await watcher.link('vethA', ({ link }) => link.up && !link.carrier);
    ip('link', 'set', 'vethB', 'up');
    await watcher.link('vethA', ({ link }) => link.up && link.carrier && link.mtu === 1400);

    const seen = watcher.events.length;
    ip('link', 'set', 'vethB', 'down');
    const later = watcher.events;
    await watcher.until('carrier loss', () =>
      later
        .slice(seen)
        .some((e) => e.kind === 'link' && e.link.name === 'vethA' && e.link.up && !e.link.carrier),
    );
    ip('link', 'delete', 'vethA');
    await watcher.link('vethA', ({ change }) => change === 'removed');
    await watcher.link('vethB', ({ change }) => change === 'removed');
  });

  it('looks up what the events say', async () => {
    watcher = new Watcher(RouteGroup.link);
    ip(
      'link',
      'add',
      'usbC',
      'address',
      '02:00:00:00:00:c0',
      'mtu',
      '1280',
      'type',
      'veth',
      'peer',
      'name',
      'farC',
    );
    try {
      await watcher.link('usbC', () => true);
      const link = getLink('usbC');
      assert.ok(link);
      assert.deepEqual([...link.mac], [2, 0, 0, 0, 0, 0xc0]);
      assert.equal(link.mtu, 1280);
      assert.equal(link.up, false);
      const told = watcher.events.find((e) => e.kind === 'link' && e.link.name === 'usbC');
      assert.deepEqual(told, { kind: 'link', change: 'set', link });
      ip('link', 'property', 'add', 'dev', 'usbC', 'altname', 'the-second-name-of-usbC');
      assert.equal(getLink('the-second-name-of-usbC')?.index, link.index);
    } finally {
      ip('link', 'delete', 'usbC');
    }
    assert.equal(getLink('usbC'), undefined);
  });

  it('reports addresses and routes of both families', async () => {
    ip('link', 'add', 'usbC', 'type', 'veth', 'peer', 'name', 'farC');
    ip('link', 'set', 'usbC', 'up');
    const linkIndex = getLink('usbC')?.index ?? 0;
    watcher = new Watcher(RouteGroup.all);
    const { events } = watcher;
    for (const [family, address, route] of [
      [4, '10.9.4.1/24', '10.9.5.0/24'],
      [6, 'fd09:4::1/64', 'fd09:5::/64'],
    ] as const) {
      for (const [verb, change] of [
        ['add', 'set'],
        ['delete', 'removed'],
      ] as const) {
        const order = verb === 'add' ? ['address', 'route'] : ['route', 'address'];
        for (const object of order) {
          const subject = object === 'address' ? address : route;
          events.length = 0;
          ip(
            object,
            verb,
            subject,
            'dev',
            'usbC',
            ...(object === 'address' && verb === 'add' && family === 6 ? ['nodad'] : []),
          );
          await watcher.until(`${object} ${verb} ${subject}`, () =>
            events.some(
              (e) =>
                e.kind !== 'link' &&
                e.kind === object &&
                e.change === change &&
                e.family === family &&
                (e.kind !== 'address' || e.linkIndex === linkIndex),
            ),
          );
        }
      }
    }
    ip('link', 'delete', 'usbC');
  });

  it('reports nothing that was not asked for', async () => {
    watcher = new Watcher(RouteGroup.ipv4Address);
    ip('link', 'add', 'usbC', 'type', 'veth', 'peer', 'name', 'farC');
    ip('address', 'add', 'fd09:6::1/64', 'dev', 'usbC');
    ip('address', 'add', '10.9.6.1/24', 'dev', 'usbC');
    const { events } = watcher;
    await watcher.until('the IPv4 address', () => events.length > 0);
    ip('link', 'delete', 'usbC');
    assert.deepEqual(
      events.map((e) => e.kind),
      ['address'],
    );
  });

  it('reports a burst in one call', async () => {
    watcher = new Watcher(RouteGroup.ipv4Address);
    ip('link', 'add', 'usbC', 'type', 'veth', 'peer', 'name', 'farC');
    // The loop does not turn while these are added, so they wait in the socket together.
    for (let i = 1; i <= 20; i++) ip('address', 'add', `10.9.7.${i}/32`, 'dev', 'usbC');
    const { events } = watcher;
    await watcher.until('all addresses', () => events.length >= 20);
    assert.equal(watcher.bursts, 1);
    ip('link', 'delete', 'usbC');
  });

  it('reports an overflow, and continues afterwards', async () => {
    watcher = new Watcher(RouteGroup.all, 4096);
    const current = watcher;
    ip('link', 'add', 'usbC', 'type', 'veth', 'peer', 'name', 'farC');
    for (let i = 1; i <= 60; i++) ip('address', 'add', `10.9.8.${i}/32`, 'dev', 'usbC');
    assert.equal(current.overflows, 0, 'the loop has not turned yet');
    await current.until('the overflow', () => current.overflows > 0);
    assert.ok(current.events.length > 0, 'what was not lost is handed over before');
    assert.ok(current.events.length < 60, `${current.events.length} events fitted`);

    for (let round = 0; round < 3; round++) {
      current.events.length = 0;
      ip('link', 'set', 'usbC', round % 2 === 0 ? 'up' : 'down');
      await current.link('usbC', ({ link }) => link.up === (round % 2 === 0));
    }
    ip('link', 'delete', 'usbC');
  });

  it('can be closed inside a callback', async () => {
    let calls = 0;
    const netlink = new RouteNetlink({ groups: RouteGroup.link });
    const called = new Promise<void>((resolve, reject) =>
      netlink.start({
        onMessages() {
          calls++;
          netlink.close();
          setImmediate(resolve);
        },
        onOverflow: () => undefined,
        onError: reject,
      }),
    );
    ip('link', 'add', 'usbC', 'type', 'veth', 'peer', 'name', 'farC');
    ip('link', 'delete', 'usbC');
    await called;
    assert.equal(calls, 1);
  });
});
