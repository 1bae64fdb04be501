/** What closes a socket that was not closed: the garbage collector, or the end of its thread. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { buildSync } from 'esbuild';
import { RouteGroup, RouteNetlink, UnixDatagram } from '../../src/index.ts';
import { openSockets, socketsFallTo } from './open-sockets.ts';

const index = new URL('../../src/index.ts', import.meta.url);

/** Runs `body` in a thread, which does not inherit the reader of TypeScript: so it gets the package as a bundle. */
function startWorker(body: string): Worker {
  const bundle = buildSync({
    entryPoints: [fileURLToPath(index)],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'iife',
    globalName: 'tuntap2',
    define: { 'import.meta.url': JSON.stringify(index.href) },
  });
  const source = `
    ${bundle.outputFiles[0]?.text}
    const { parentPort } = require('node:worker_threads');
    ${body}
  `;
  return new Worker(source, { eval: true });
}

describe('tuntap2 socket lifetime', () => {
  it('sockets that are dropped are closed by the garbage collector', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const before = openSockets();
    for (let i = 0; i < 20; i++) {
      new UnixDatagram();
      new RouteNetlink({ groups: RouteGroup.link });
    }
    assert.equal(openSockets(), before + 40);
    collectGarbage();
    await socketsFallTo(before);
  });

  it('a thread that is terminated closes its sockets', async () => {
    const before = openSockets();
    const worker = startWorker(`
      const handlers = { onMessages() {}, onMessage() {}, onOverflow() {}, onError() {} };
      for (let i = 0; i < 5; i++) {
        new tuntap2.RouteNetlink({ groups: 1 }).start(handlers);
        const socket = new tuntap2.UnixDatagram();
        socket.bind('@tuntap2-lifetime-' + process.pid + '-' + i);
        socket.start(handlers);
        new tuntap2.UnixDatagram();
      }
      parentPort.postMessage('open');
    `);
    await once(worker, 'message');
    assert.equal(openSockets(), before + 15);
    await worker.terminate();
    await socketsFallTo(before);
  });

  it('a thread ends by itself when its sockets are closed', async () => {
    const worker = startWorker(`
      const netlink = new tuntap2.RouteNetlink({ groups: 1 });
      netlink.start({ onMessages() {}, onOverflow() {}, onError() {} });
      setImmediate(() => netlink.close());
    `);
    const [status] = (await once(worker, 'exit')) as [number];
    assert.equal(status, 0);
  });

  it('an exception in a callback is an uncaught one', async () => {
    const worker = startWorker(`
      const socket = new tuntap2.UnixDatagram();
      const name = '@tuntap2-throwing-' + process.pid;
      socket.bind(name);
      socket.start({ onMessage() { throw new RangeError('from the callback'); }, onError() {} });
      new tuntap2.UnixDatagram().send('x', { to: name });
    `);
    // Not once(): it would reject with the error, and the exit may follow in the same turn.
    const exited = new Promise((resolve) => worker.on('exit', resolve));
    const [error] = (await once(worker, 'error')) as [Error];
    assert.equal(error.message, 'from the callback');
    await exited;
  });
});
