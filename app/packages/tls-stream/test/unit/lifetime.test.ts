/** That nothing is left behind, in whatever order things end. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { handshakeCodes, TlsContext, TlsTrustError } from '../../src/index.ts';
import { clientIdentity, Reader, Rig, root } from '../rig.ts';

const openDescriptors = (): number => readdirSync('/proc/self/fd').length;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const credentials = { roots: root.cert, certificate: clientIdentity.cert, key: clientIdentity.key };

describe('the lifetime of a session', () => {
  let rig: Rig;
  beforeEach(() => (rig = new Rig()));
  afterEach(() => rig.close());

  it('leaves no memory and no descriptor, however it ends', async () => {
    const garbage = await rig.rawServer((socket) => socket.resume().end('garbage'));
    const silent = await rig.rawServer(
      (socket) => void socket.resume().on('end', () => socket.end()),
    );
    const port = await rig.tlsServer((session) => session.pipe(session));
    const ends = [
      async () => {
        const stream = await rig.client(port);
        stream.end();
        assert.deepEqual(await new Reader(stream).ended, { kind: 'close-notify' });
      },
      async () => {
        const stream = await rig.client(port);
        const reader = new Reader(stream);
        stream.write(Buffer.alloc(100_000));
        await reader.until(1);
        stream.close();
      },
      // Never started, and closed inside the same turn.
      async () => (await rig.client(port)).close(),
      () => assert.rejects(rig.client(garbage), { code: 'ERR_SSL_WRONG_VERSION_NUMBER' }),
      () => assert.rejects(rig.client(port, { serverName: 'other.example' }), TlsTrustError),
      () =>
        assert.rejects(rig.client(silent, { handshakeTimeoutMs: 1 }), {
          code: handshakeCodes.timeout,
        }),
      async () => {
        (await rig.client(port, { context: new TlsContext(credentials) })).close();
      },
    ];
    const round = async (): Promise<void> => {
      for (const end of ends) await end();
    };
    for (let i = 0; i < 8; i++) await round();
    for (let i = 0; i < 20; i++) await turn();
    const descriptors = openDescriptors();
    const resident = process.memoryUsage.rss();
    for (let i = 0; i < 20; i++) await round();
    for (
      let deadline = Date.now() + 5000;
      openDescriptors() > descriptors && Date.now() < deadline;
    )
      await turn();
    assert.ok(
      openDescriptors() <= descriptors,
      `${openDescriptors()} descriptors, ${descriptors} before`,
    );
    // 140 sessions that kept their buffers of 96 KiB and OpenSSL's would be more than 13 MiB.
    const growth = (process.memoryUsage.rss() - resident) / 2 ** 20;
    assert.ok(growth < 8, `${growth} MiB more`);
  });

  it('ends with its worker thread, while another goes on', async () => {
    const port = await rig.tlsServer((session) => session.pipe(session));
    const stream = await rig.client(port);
    const reader = new Reader(stream);
    const script = new URL('../lifetime-worker.ts', import.meta.url).href;
    const start = `import('tsx/esm/api').then(({ register }) => (register(), import('${script}')))`;
    const descriptors = openDescriptors();
    const workers = [0, 1].map(
      () => new Worker(start, { eval: true, workerData: { port, options: credentials } }),
    );
    const answers = await Promise.all(workers.map((worker) => once(worker, 'message')));
    assert.deepEqual(answers, [['echo'], ['echo']]);
    for (const worker of workers) await worker.terminate();
    for (
      let deadline = Date.now() + 5000;
      openDescriptors() > descriptors && Date.now() < deadline;
    )
      await turn();
    assert.ok(openDescriptors() <= descriptors);
    stream.write(Buffer.from('still here'));
    assert.equal((await reader.until(10)).toString(), 'still here');
  });
});
