/** The client server between real clients and a session that only notes what it is asked. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import type { CardSession, HssSocket } from 'hss';
import { ClientServer } from '../../../../src/programs/psockd/client-server.ts';
import { until } from '../../../harness/until.ts';
import { scratchFolder } from '../../platform/scratch-folder.ts';
import { MemoryLog } from '../../platform/memory-log.ts';

describe('the client server of psockd', () => {
  const folder = scratchFolder();
  let server: Server;
  let clientServer: ClientServer;
  let clients: Socket[];
  let presence: CardSession['presence'];
  /** What was asked of the session, in order. */
  let asked: string[];
  let file: string;

  beforeEach(async () => {
    clients = [];
    asked = [];
    presence = 'answering';
    file = path.join(folder(), 'socket');
    const socket = { destroy: () => void asked.push('destroy') } as unknown as HssSocket;
    const session = {
      get presence() {
        return presence;
      },
      connect: () => {
        asked.push('connect');
        return socket;
      },
      giveUp: () => {
        asked.push('give up');
        return presence === 'silent';
      },
    } as unknown as CardSession;
    clientServer = new ClientServer({
      session,
      status: () => ({}),
      log: new MemoryLog(),
      silenceMs: 100,
      requestMs: 500,
    });
    server = createServer({ allowHalfOpen: true }, (client) => clientServer.accept(client));
    await once(server.listen(file), 'listening');
  });
  afterEach(() => {
    for (const client of clients) client.destroy();
    clientServer.close();
    server.close();
  });

  function dial(): Socket {
    const client = connect({ path: file, allowHalfOpen: true });
    clients.push(client.on('error', () => undefined));
    return client;
  }

  /** What a client is answered until the client server closes. */
  async function answerTo(client: Socket): Promise<string> {
    let text = '';
    client.on('data', (chunk) => (text += String(chunk)));
    await new Promise((resolve) => client.once('close', resolve).once('end', resolve));
    return text;
  }

  it('has places for 32 clients, and refuses the next', async () => {
    const first = Array.from({ length: 32 }, dial);
    await until('the clients', 5, () => clientServer.count === 32);
    assert.equal(await answerTo(dial()), 'error EUSERS\n');
    first[0]!.destroy();
    await until('a place', 5, () => clientServer.count === 31);
  });

  it('waits for a request as long as it may take as a whole, however its bytes come', async () => {
    const client = dial();
    const trickle = setInterval(() => client.write('c'), 50);
    try {
      assert.equal(await answerTo(client), 'error ETIMEDOUT\n');
    } finally {
      clearInterval(trickle);
    }
    await until('the place', 5, () => clientServer.count === 0);
  });

  it('keeps few bytes that come before the answer', async () => {
    const client = dial();
    client.write('connect 127.0.0.1 443 60000\n');
    client.write(Buffer.alloc(12 * 1024));
    await until('the request', 5, () => asked.includes('connect'));
    client.write(Buffer.alloc(12 * 1024));
    await until('the end of the attempt', 5, () => asked.includes('destroy'));
    assert.equal(clientServer.count, 0);
  });

  it('gives a watcher up that reads nothing', async () => {
    const watcher = dial();
    watcher.write('watch\n');
    await until('the watcher', 5, () => watcher.readableLength > 0 || watcher.read() !== null);
    watcher.pause();
    await until('its end', 5, async () => {
      for (let i = 0; i < 2000; i++) clientServer.hostMoved();
      await new Promise((resolve) => setImmediate(resolve));
      return clientServer.count === 0;
    });
  });

  it('ends a request at the host in whichever way it ends here', async () => {
    const late = dial();
    late.write('connect 127.0.0.1 443 50\n');
    assert.equal(await answerTo(late), 'error ETIMEDOUT\n');
    assert.deepEqual(asked.slice(0, 2), ['connect', 'give up']);
    await until('the place', 5, () => clientServer.count === 0);
    presence = 'silent';
    const unheard = dial();
    asked = [];
    unheard.write('connect 127.0.0.1 443 60000\n');
    assert.equal(await answerTo(unheard), 'error EHOSTDOWN\n');
    assert.deepEqual(asked.slice(0, 2), ['connect', 'give up']);
    presence = 'answering';
    await until('the places', 5, () => clientServer.count === 0);
    asked = [];
    const gone = dial();
    gone.write('connect 127.0.0.1 443 60000\n');
    await until('the request', 5, () => asked.length === 1);
    gone.destroy();
    await until('its end', 5, () => asked.length === 2);
    assert.deepEqual(asked, ['connect', 'destroy']);
  });
});
