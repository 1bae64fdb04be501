/** Real sockets of the kernel, whose buffers fill. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { carriedBytes, queueOf, StreamProgress } from '../../../src/uplink/stream-progress.ts';
import { until } from '../../harness/until.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'progress-'));
after(() => rmSync(folder, { recursive: true }));

describe('progress of a stream', () => {
  for (const [what, place] of [
    ['TCP', { port: 0, host: '127.0.0.1' }],
    ['AF_UNIX', { path: path.join(folder, 'socket') }],
  ] as const) {
    it(`shows over ${what} when a full queue moves, and when it stands still`, async () => {
      const server = createServer({ pauseOnConnect: true }).listen(place);
      await once(server, 'listening');
      const address = server.address();
      const accepted = once(server, 'connection') as Promise<[Socket]>;
      const near =
        typeof address === 'object' && address !== null
          ? connect(address.port, address.address)
          : connect(path.join(folder, 'socket'));
      await once(near, 'connect');
      const [far] = await accepted;
      try {
        const progress = new StreamProgress(() => queueOf(near));
        assert.equal(progress.hasMoved(), false);
        near.write('a few bytes');
        assert.equal(carriedBytes(near), 11);
        assert.equal(progress.hasMoved(), false, 'the kernel has room');
        near.write(Buffer.alloc(64 * 1024 * 1024));
        await until('the kernel to be full', 10, () => {
          progress.hasMoved();
          return !progress.hasMoved() && near.writableLength > 0;
        });
        assert.equal(progress.hasMoved(), false);
        far.resume();
        await until('bytes to leave the queue', 10, () => progress.hasMoved());
      } finally {
        near.destroy();
        far.destroy();
        server.close();
      }
    });
  }

  it('is unknown of a stream that does not count', () => {
    const progress = new StreamProgress(() => queueOf(new PassThrough()));
    assert.equal(carriedBytes(new PassThrough()), 0);
    assert.equal(progress.hasMoved(), false);
    assert.equal(progress.hasMoved(), false);
  });
});
