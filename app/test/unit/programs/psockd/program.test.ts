import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { milliseconds } from '../../../../src/core/time.ts';
import { runPsockd } from '../../../../src/programs/psockd/program.ts';
import { scratchFolder } from '../../platform/scratch-folder.ts';
import { MemoryLog } from '../../platform/memory-log.ts';

describe('psockd status', () => {
  const folder = scratchFolder();
  const clients: Socket[] = [];
  let server: Server | undefined;
  let file: string;
  beforeEach(() => (file = path.join(folder(), 'socket')));
  afterEach(() => {
    for (const client of clients.splice(0)) client.destroy();
    server?.close();
    server = undefined;
  });

  async function serve(answer: (client: Socket) => void): Promise<void> {
    server = createServer((client) => {
      clients.push(client.on('error', () => undefined));
      answer(client);
    }).listen(file);
    await once(server, 'listening');
  }

  async function ask(): Promise<{ status: number; stdout: string; stderr: string }> {
    const printed = { stdout: '', stderr: '' };
    const status = await runPsockd({
      argv: ['status', '--socket', file],
      stdout: (text) => (printed.stdout += text),
      stderr: (text) => (printed.stderr += text),
      openLog: () => new MemoryLog(),
      environment: {},
      signal: new AbortController().signal,
      answerDeadline: milliseconds(300),
    });
    return { status, ...printed };
  }

  it('prints what psockd answers', async () => {
    await serve((client) => client.end('{"host":"silent"}\n'));
    assert.deepEqual(await ask(), { status: 0, stdout: '{"host":"silent"}\n', stderr: '' });
  });

  const rows: [name: string, answer: (client: Socket) => void, problem: RegExp][] = [
    ['nothing', (client) => client.end(), /closed without an answer\n$/],
    ['that it has no room', (client) => client.end('error EUSERS\n'), /too many clients\n$/],
    ['another error', (client) => client.end('error EINVAL\n'), /answers EINVAL\n$/],
    ['no end', (client) => client.write('{"host":'), /does not answer\n$/],
  ];
  for (const [name, answer, problem] of rows) {
    it(`fails, and gives the reason, when psockd answers ${name}`, async () => {
      await serve(answer);
      const { status, stdout, stderr } = await ask();
      assert.deepEqual([status, stdout], [1, '']);
      assert.match(stderr, problem);
    });
  }

  it('fails when there is no psockd', async () => {
    const { status, stderr } = await ask();
    assert.equal(status, 1);
    assert.match(stderr, /no such file or directory; is psockd running\?\n$/);
  });
});
