/** How a card is served from its first transfer to its end, whatever ends it. */
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { DeviceError, type DevicePort } from 'psock-host';
import { serveDevice } from '../../../../src/programs/psock-host/serve-device.ts';
import type { HostEvent } from '../../../../src/programs/psock-host/report.ts';

const found = { device: '1-1', bus: 1, address: 2 };

class World {
  readonly stop = new AbortController();
  readonly events: HostEvent[] = [];
  readonly log: string[] = [];
  fail: (error: DeviceError) => void = () => assert.fail('not open yet');
  /** The session has started. */
  readonly started: Promise<void>;
  #onStarted!: () => void;

  constructor() {
    this.started = new Promise((resolve) => (this.#onStarted = resolve));
  }

  serve(): Promise<void> {
    const port: Partial<DevicePort> = {
      name: '001:002',
      requestWindow: () => Promise.resolve(undefined),
      receiveBulk: () => undefined,
      receiveCommand: () => undefined,
      sendBulk: () => undefined,
      sendCommand: () => undefined,
      close: () => Promise.resolve(void this.log.push('port closed')),
    };
    return serveDevice(found, {
      rules: [],
      maxSockets: 4,
      report: (event) => {
        this.events.push(event);
        if (event.event === 'card') this.#onStarted();
      },
      signal: this.stop.signal,
      openPort: (_, fail) => {
        this.fail = fail;
        return Promise.resolve(port as DevicePort); // What a session without sockets calls.
      },
      openWatch: () => ({
        start: () => void this.log.push('watch started'),
        close: () => void this.log.push('watch closed'),
      }),
    });
  }
}

describe('a card that is served', () => {
  for (const [title, end, rejects] of [
    ['by a stop', (world: World) => world.stop.abort(), undefined],
    [
      'by being unplugged',
      (world: World) => world.fail(new DeviceError('GONE', 'gone')),
      undefined,
    ],
    ['by a fault', (world: World) => world.fail(new DeviceError('FAILED', 'broken')), /broken/],
  ] as const) {
    it(`is let go when it ends ${title}`, async () => {
      const world = new World();
      const served = world.serve();
      await world.started;
      assert.deepEqual(world.log, ['watch started']);
      end(world);
      if (rejects === undefined) await served;
      else await assert.rejects(served, rejects);
      assert.deepEqual(world.log, ['watch started', 'watch closed', 'port closed']);
      assert.deepEqual(getEventListeners(world.stop.signal, 'abort'), []);
    });
  }
});
