import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type Server } from 'node:net';
import path from 'node:path';
import { EnvironmentError } from '../../../src/core/errors.ts';
import { milliseconds } from '../../../src/core/time.ts';
import { readStatus } from '../../../src/status/read-status.ts';
import { openStatusSocket } from '../../../src/platform/status-socket.ts';
import { socketToOpen } from '../../../src/platform/status-paths.ts';
import { scratchFolder } from './scratch-folder.ts';
import { status } from '../status/status-fixture.ts';

describe('status socket', () => {
  const folder = scratchFolder();
  const servers: Server[] = [];
  let file: string;
  beforeEach(() => (file = path.join(folder(), 'status')));
  afterEach(() => servers.splice(0).forEach((server) => server.close()));

  async function open(state = () => JSON.stringify(status())): Promise<Server> {
    const server = await openStatusSocket({ path: file, mode: 0o660, state });
    servers.push(server);
    return server;
  }

  it('sends each caller the current state, for user and group only', async () => {
    let calls = 0;
    await open(() => JSON.stringify({ ...status(), sessions: ++calls }));
    assert.equal((await readStatus(file)).sessions, 1);
    assert.equal((await readStatus(file)).sessions, 2);
    assert.equal(statSync(file).mode & 0o777, 0o660);
  });

  it('replaces a socket without a listener, and removes its own at the end', async () => {
    const first = createServer().listen(file);
    await once(first, 'listening');
    await abandon(first, file);
    const server = await open();
    assert.equal((await readStatus(file)).name, 'enf0');
    server.close();
    await once(server, 'close');
    assert.ok(!existsSync(file));
  });

  it('leaves one alone that is in use, and a file of another kind', async () => {
    await open();
    await assert.rejects(open(), isEnvironmentError(/another process answers there/, 'EADDRINUSE'));
    assert.equal((await readStatus(file)).name, 'enf0');
    const other = path.join(folder(), 'plain');
    writeFileSync(other, 'text');
    await assert.rejects(
      openStatusSocket({ path: other, mode: 0o600, state: () => '' }),
      isEnvironmentError(/file of another kind/, 'EADDRINUSE'),
    );
  });

  it('names the folder that is missing', async () => {
    file = path.join(folder(), 'none', 'status');
    await assert.rejects(open(), isEnvironmentError(/make its folder/, 'EACCES'));
  });

  it('is not held up by callers that read nothing', async () => {
    await open();
    const idle = Array.from({ length: 10 }, () => createConnection(file).pause());
    await Promise.all(idle.map((socket) => once(socket, 'connect')));
    assert.equal((await readStatus(file)).name, 'enf0');
    for (const socket of idle) socket.destroy();
  });
});

describe('reading a status', () => {
  const folder = scratchFolder();
  let file: string;
  let server: Server | undefined;
  beforeEach(() => (file = path.join(folder(), 'status')));
  afterEach(() => server?.close());

  async function serve(answer: string): Promise<void> {
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end(answer);
    }).listen(file);
    await once(server, 'listening');
  }

  it('says that no service runs', async () => {
    await assert.rejects(readStatus(file), isEnvironmentError(/service is not running/, 'ENOENT'));
  });

  const rows: [name: string, answer: string, problem: RegExp][] = [
    ['nothing', '', /something other than a status/],
    ['no JSON', '{"schema":1', /something other than a status/],
    ['another schema', '{"schema":2,"state":"up","link":{},"remote":{}}', /no status of schema 1/],
    ['null', 'null', /no status of schema 1/],
    ['a status without its parts', '{"schema":1,"state":"up"}', /no status of schema 1/],
    ['more than any status has', '1'.repeat(300_000), /answers without end/],
  ];
  for (const [name, answer, problem] of rows) {
    it(`refuses ${name}`, async () => {
      await serve(answer);
      await assert.rejects(readStatus(file), isEnvironmentError(problem));
    });
  }
});

describe('a status socket under strain', () => {
  const folder = scratchFolder();
  let server: Server | undefined;
  afterEach(() => server?.close());

  it('frees its places of callers that trickle', async () => {
    const path = `${folder()}/status`;
    const longestCall = milliseconds(300);
    server = await openStatusSocket({ path, mode: 0o600, state: () => '{}', longestCall });
    const callers = Array.from({ length: 16 }, () =>
      createConnection({ path, allowHalfOpen: true })
        .on('error', () => undefined)
        .resume(),
    );
    await Promise.all(callers.map((caller) => once(caller, 'connect')));
    const trickle = setInterval(() => callers.forEach((caller) => caller.write('x')), 20);
    try {
      await Promise.all(
        callers.map((caller) => new Promise((resolve) => caller.on('close', resolve))),
      );
    } finally {
      clearInterval(trickle);
      for (const caller of callers) caller.destroy();
    }
  });

  it('gives no answer, and lives, when the state cannot be made for want of descriptors', async () => {
    const path = `${folder()}/status`;
    let isPoor = true;
    const state = (): string => {
      if (isPoor) {
        throw Object.assign(new RangeError('EMFILE'), { code: 'EMFILE', errno: -24 });
      }
      return JSON.stringify(status());
    };
    server = await openStatusSocket({ path, mode: 0o600, state });
    await assert.rejects(readStatus(path), EnvironmentError);
    isPoor = false;
    assert.equal((await readStatus(path)).state, 'up');
  });
});

describe('the place of the status socket', () => {
  const rows: [
    configured: string | undefined,
    folder: string | undefined,
    expected: string | undefined,
  ][] = [
    ['/tmp/s', '/run/enftun/enf0', '/tmp/s'],
    [undefined, '/run/enftun/enf0', '/run/enftun/enf0/status'],
    [undefined, '/run/a:/run/b', '/run/a/status'],
    [undefined, undefined, undefined],
    [undefined, '', undefined],
  ];
  for (const [configured, folder, expected] of rows) {
    it(`is ${expected} with ${configured} configured and the folder ${folder}`, () => {
      assert.equal(socketToOpen(configured, { RUNTIME_DIRECTORY: folder }), expected);
    });
  }
});

function isEnvironmentError(message: RegExp, errno?: string) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof EnvironmentError);
    assert.match(error.message, message);
    if (errno !== undefined) assert.equal(error.errno, errno);
    return true;
  };
}

/** Leaves the file of a socket behind, as a killed process does: a closing server removes the name it was bound to. */
async function abandon(server: Server, file: string): Promise<void> {
  renameSync(file, `${file}.kept`);
  server.close();
  await once(server, 'close');
  renameSync(`${file}.kept`, file);
}
