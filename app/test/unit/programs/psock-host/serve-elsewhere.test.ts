import assert from 'node:assert/strict';
import type { HostEvent } from '../../../../src/programs/psock-host/report.ts';
import { serveElsewhere } from '../../../../src/programs/psock-host/serve-elsewhere.ts';

const card = { device: '1-2', bus: 1, address: 7 };

describe('a process for one card', () => {
  let events: HostEvent[];
  beforeEach(() => (events = []));
  const report = (event: HostEvent): void => void events.push(event);
  const { signal } = new AbortController();

  it('ends with its status, and gets the name of its card', async () => {
    const self = ['/bin/sh', '-c', 'test "$*" = "--json --device 1:7" && exit 3', 'sh'] as const;
    assert.equal(await serveElsewhere(card, report, { self, argv: ['--json'], signal }), 3);
    assert.deepEqual(events, []);
  });

  it('that cannot be started is reported with the errno, and ends nothing', async () => {
    const self = ['/none/psock-host'] as const;
    assert.equal(await serveElsewhere(card, report, { self, argv: [], signal }), 1);
    assert.deepEqual(events, [
      {
        event: 'trouble',
        card: '1-2',
        reason: 'no process of its own can be started for it (ENOENT)',
      },
    ]);
  });

  it('ends with this one', async () => {
    const stop = new AbortController();
    const ended = serveElsewhere(card, report, {
      self: ['/bin/sh', '-c', 'exec sleep 600'],
      argv: [],
      signal: stop.signal,
    });
    stop.abort();
    assert.equal(await ended, 1);
  });
});
