import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { listen } from '../../../../src/dev/enf-server/listen.ts';

describe('enf-server/listen', () => {
  const servers: Server[] = [];
  const server = (): Server => {
    const made = createServer();
    servers.push(made);
    return made;
  };
  afterEach(() => {
    for (const one of servers.splice(0)) one.close();
  });

  it('resolves with the port, and survives errors of later connections', async () => {
    const one = server();
    assert.ok((await listen(one, '127.0.0.1', 0)) > 0);
    for (const code of ['EMFILE', 'ENFILE']) one.emit('error', new Error(code));
  });

  it('rejects for a port that is taken', async () => {
    const port = await listen(server(), '127.0.0.1', 0);
    await assert.rejects(listen(server(), '127.0.0.1', port), { code: 'EADDRINUSE' });
  });
});
