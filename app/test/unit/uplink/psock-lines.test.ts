/** A psockd that is not one of ours, or has lost its way: what is read of it has an end. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { EnvironmentError } from '../../../src/core/errors.ts';
import { instant, milliseconds, seconds } from '../../../src/core/time.ts';
import { PsockTransport } from '../../../src/uplink/psock-transport.ts';
import { watchPsock } from '../../../src/uplink/psock-watch.ts';
import { until } from '../../harness/until.ts';
import { scratchFolder } from '../platform/scratch-folder.ts';
import { systemClock } from '../../../src/platform/deadline-timer.ts';

const timing = { clock: systemClock, random: Math.random };

const names = { servers: [], knownAddresses: () => [], lastKnown: () => [], now: () => instant(0) };

describe('what a psockd answers', () => {
  const folder = scratchFolder();
  let server: Server;
  let clients: Socket[];
  let answer: (client: Socket) => void;
  let socket: string;
  beforeEach(async () => {
    clients = [];
    socket = path.join(folder(), 'socket');
    server = createServer((client) => {
      clients.push(client.on('error', () => undefined).resume());
      answer(client);
    });
    await once(server.listen(socket), 'listening');
  });
  afterEach(() => {
    for (const client of clients) client.destroy();
    server.close();
  });

  it('to a request is one short line', async () => {
    answer = (client) => client.write('x'.repeat(1000));
    const transport = new PsockTransport({ ...timing, socket, names, deadline: seconds(60) });
    const attempt = transport.connect(
      { address: '192.0.2.1', port: 443 },
      AbortSignal.timeout(60_000),
    );
    await assert.rejects(
      attempt,
      (error) => error instanceof EnvironmentError && error.errno === 'EPROTO',
    );
  });

  it('to those who watch are short lines: one without end is read no further', async () => {
    answer = (client) => client.write('x'.repeat(1000));
    const firstRetry = milliseconds(1);
    const unexpected = (): never => assert.fail('no such word');
    const handlers = { onAnswering: unexpected, onMoved: unexpected };
    const watch = watchPsock({ ...timing, socket, ...handlers, firstRetry });
    try {
      await until('another attempt', 5, () => clients.length > 1);
    } finally {
      watch.stop();
    }
  });

  it('does not reach a client that has stopped watching', async () => {
    answer = (client) => client.write('silent\nanswering\nmoved\nanswering\n');
    let calls = 0;
    const watch = watchPsock({
      ...timing,
      socket,
      onAnswering: () => {
        calls++;
        watch.stop();
      },
      onMoved: () => calls++,
      firstRetry: milliseconds(1),
    });
    await until('the word', 5, () => calls > 0);
    await until('the end', 5, () => clients.every((client) => client.destroyed));
    assert.deepEqual([calls, clients.length], [1, 1]);
  });

  it('is watched from the first request on, however long the wait for the next look was', async () => {
    const lines: string[] = [];
    answer = (client) => client.once('data', (text) => lines.push(text.toString()));
    server.close();
    await once(server, 'close');
    // What is scheduled never comes.
    const clock = { schedule: () => () => undefined };
    const transport = new PsockTransport({ clock, random: Math.random, socket, names });
    const stop = transport.watch(
      () => undefined,
      () => undefined,
    );
    const attempt = new AbortController();
    try {
      await new Promise((resolve) => setTimeout(resolve, 50));
      await once(server.listen(socket), 'listening');
      const target = { address: '192.0.2.1', port: 443 };
      void transport.connect(target, attempt.signal).catch(() => undefined);
      await until('the request', 5, () => lines.length === 2);
      assert.equal(lines[0], 'watch\n');
      assert.match(lines[1]!, /^connect 192\.0\.2\.1 443 /);
    } finally {
      attempt.abort();
      stop();
    }
  });

  it('is watched again at once when psockd was used while its end was on the way', async () => {
    let requests = 0;
    answer = (client) => client.on('data', () => requests++);
    // What is scheduled never comes.
    const clock = { schedule: () => () => undefined };
    const ignore = (): void => undefined;
    const handlers = { onAnswering: ignore, onMoved: ignore };
    const watch = watchPsock({ socket, clock, random: Math.random, ...handlers });
    try {
      await until('the first request', 5, () => requests === 1);
      clients[0]!.destroy();
      watch.retryNow();
      await until('another request', 5, () => requests === 2);
      // Only once for each use.
      clients[1]!.destroy();
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.equal(clients.length, 2);
    } finally {
      watch.stop();
    }
  });
});
