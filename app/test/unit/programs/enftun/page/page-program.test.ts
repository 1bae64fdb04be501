import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import path from 'node:path';
import { EnvironmentError } from '../../../../../src/core/errors.ts';
import {
  runPage,
  type PageProgramOptions,
} from '../../../../../src/programs/enftun/page/page-program.ts';
import { openStatusSocket } from '../../../../../src/platform/status-socket.ts';
import { scratchFolder } from '../../../platform/scratch-folder.ts';
import { MemoryLog } from '../../../platform/memory-log.ts';
import { status } from '../../../status/status-fixture.ts';

const fixture = path.join(import.meta.dirname, 'page-child.ts');

describe('the program of the page', () => {
  const folder = scratchFolder();
  let log: MemoryLog;
  let socket: string;
  let stop: AbortController;
  const servers: Server[] = [];
  beforeEach(() => {
    log = new MemoryLog();
    socket = path.join(folder(), 'status');
    stop = new AbortController();
  });
  afterEach(() => {
    stop.abort();
    for (const server of servers.splice(0)) server.close();
  });

  function run(rest: Partial<PageProgramOptions>): Promise<number> {
    const environment = {};
    return runPage({
      socket,
      listen: undefined,
      environment,
      pid: 42,
      log,
      signal: stop.signal,
      ...rest,
    });
  }

  const notHandedOver: [name: string, environment: Record<string, string>][] = [
    ['nothing', {}],
    ['sockets for another process', { LISTEN_FDS: '1', LISTEN_PID: '41' }],
    ['no socket', { LISTEN_FDS: '0', LISTEN_PID: '42' }],
  ];
  for (const [name, given] of notHandedOver) {
    it(`does not begin when it was handed ${name}`, async () => {
      await assert.rejects(
        run({ environment: given }),
        (error) => error instanceof EnvironmentError && /socket unit/.test(error.message),
      );
    });
  }

  it('says why it cannot listen', async () => {
    const server = createServer().listen(0, '::1');
    servers.push(server);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await assert.rejects(
      run({ listen: { host: '::1', port } }),
      (error) => error instanceof EnvironmentError && error.errno === 'EADDRINUSE',
    );
  });

  it('ends on request, before and while it serves', async () => {
    const ended = run({ listen: { host: '::1', port: 0 } });
    while (log.lines.length === 0) await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    assert.equal(await ended, 0);
    assert.equal(await run({ listen: { host: '::1', port: 0 } }), 0);
  });

  it('serves on the socket it was handed, and ends after a while without a visitor', async () => {
    const state = (): string => JSON.stringify(status());
    servers.push(await openStatusSocket({ path: socket, mode: 0o600, state }));
    const server = createServer().listen(0, '::1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    // Node.js has no public way to the descriptor of a server, which the child inherits as its third.
    const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
    const child = spawn(process.execPath, [...process.execArgv, fixture, socket, '4000'], {
      stdio: ['ignore', 'pipe', 'inherit', fd],
    });
    server.close();
    const ended = once(child, 'exit');
    await once(child.stdout!, 'data');
    assert.equal(await ask(port), 200);
    assert.deepEqual(await ended, [0, null]);
    await assert.rejects(ask(port), 'the port is closed');
  });
});

/** The answer's status code. */
function ask(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { Host: '[fe80::1]' };
    get({ host: '::1', port, headers, agent: false }, (reply) => {
      reply.resume();
      resolve(reply.statusCode);
    }).once('error', reject);
  });
}
