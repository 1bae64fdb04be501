import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { EnvironmentError } from '../../../src/core/errors.ts';
import { milliseconds, seconds } from '../../../src/core/time.ts';
import { readAnswer } from '../../../src/platform/socket-answer.ts';
import { scratchFolder } from './scratch-folder.ts';

describe('the answer of a socket', () => {
  const folder = scratchFolder();
  const sockets: Socket[] = [];
  let server: Server | undefined;
  let file: string;
  beforeEach(() => (file = path.join(folder(), 'socket')));
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    server?.close();
  });

  async function serve(answer: (socket: Socket) => void): Promise<void> {
    server = createServer((socket) => {
      sockets.push(socket.on('error', () => undefined));
      answer(socket);
    }).listen(file);
    await once(server, 'listening');
  }

  async function problem(attempt: Promise<unknown>): Promise<string> {
    const error: unknown = await attempt.catch((reason: unknown) => reason);
    assert.ok(error instanceof EnvironmentError, String(error));
    return `${error.errno}: ${error.message}`;
  }

  it('is all that comes after the request, in whatever pieces', async () => {
    await serve((socket) => {
      socket.once('data', (request) => {
        socket.write(request);
        setImmediate(() => socket.end('world'));
      });
    });
    const question = { path: file, request: 'hello ', deadline: seconds(60) };
    assert.equal(await readAnswer(question), 'hello world');
  });

  it('has a deadline that a server cannot put off by answering byte after byte', async () => {
    let trickle: NodeJS.Timeout | undefined;
    await serve((socket) => (trickle = setInterval(() => socket.write('x'), 20)));
    try {
      const attempt = readAnswer({ path: file, deadline: milliseconds(1000) });
      assert.match(await problem(attempt), /^ETIMEDOUT: .*socket: does not answer$/);
    } finally {
      clearInterval(trickle);
    }
  });

  it('has an end', async () => {
    await serve((socket) => socket.end('1'.repeat(300_000)));
    const attempt = readAnswer({ path: file, deadline: seconds(60) });
    assert.match(await problem(attempt), /^EMSGSIZE: .*answers without end$/);
  });

  it('is the error of the system when there is no server', async () => {
    const attempt = readAnswer({ path: file, deadline: seconds(60) });
    await assert.rejects(attempt, { code: 'ENOENT' });
  });
});
