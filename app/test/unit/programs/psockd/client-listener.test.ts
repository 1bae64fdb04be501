import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { connect, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { EnvironmentError } from '../../../../src/core/errors.ts';
import { listenForClients } from '../../../../src/programs/psockd/client-listener.ts';
import { scratchFolder } from '../../platform/scratch-folder.ts';
import { MemoryLog } from '../../platform/memory-log.ts';

describe("the socket of psockd's clients", () => {
  const folder = scratchFolder();
  let server: Server | undefined;
  let log: MemoryLog;
  let file: string;
  let accepted: Socket[];
  beforeEach(() => {
    log = new MemoryLog();
    file = path.join(folder(), 'socket');
    accepted = [];
  });
  afterEach(() => {
    for (const socket of accepted) socket.destroy();
    server?.close();
    server = undefined;
  });

  async function listen(): Promise<Server> {
    return (server = await listenForClients(file, (client) => void accepted.push(client), log));
  }

  async function call(): Promise<void> {
    const before = accepted.length;
    const client = connect(file);
    await once(client, 'connect');
    client.destroy();
    while (accepted.length === before) await new Promise((resolve) => setImmediate(resolve));
  }

  it('takes the place of a file, for user and group only, and is gone after its end', async () => {
    writeFileSync(file, '');
    await listen();
    assert.equal(statSync(file).mode & 0o777, 0o660);
    await call();
    for (const socket of accepted) socket.destroy();
    server!.close();
    await once(server!, 'close');
    assert.ok(!existsSync(file));
  });

  it('outlives a client that cannot be accepted, and logs why', async () => {
    await listen();
    const refusal = Object.assign(new Error('accept EMFILE'), { code: 'EMFILE', errno: -24 });
    for (let i = 0; i < 2; i++) server!.emit('error', refusal);
    await call();
    const line = `warning: cannot accept a client at ${file}: too many open files [client-not-accepted]`;
    assert.deepEqual(log.lines, [line, line]);
  });

  it('names the errno when it cannot be', async () => {
    mkdirSync(file);
    await assert.rejects(listen(), (error) => {
      assert.ok(error instanceof EnvironmentError, String(error));
      return error.errno !== 'EUNKNOWN' && error.message.startsWith(`cannot listen at ${file}: `);
    });
    file = path.join(folder(), 'none', 'socket');
    await assert.rejects(listen(), EnvironmentError);
  });
});
