/** The machinery on plain files, which the kernel serves the same way; endpoints are tested in a virtual machine. */
import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { FunctionFsError, Transfers } from '../../src/index.ts';

const built = `../../build/linux-${process.arch}/function-fs.node`;
const addon = process.env.FUNCTION_FS_ADDON ?? fileURLToPath(new URL(built, import.meta.url));

describe('Transfers', () => {
  let folder: string;
  let transfers: Transfers;
  const open: number[] = [];
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'transfers-'));
    transfers = new Transfers(8);
  });
  afterEach(() => {
    transfers.close();
    for (const fd of open.splice(0)) closeSync(fd);
    rmSync(folder, { recursive: true });
  });

  function file(name: string, flags: string, content = ''): number {
    const place = path.join(folder, name);
    if (content !== '' || flags === 'r+') writeFileSync(place, content);
    const fd = openSync(place, flags);
    open.push(fd);
    return fd;
  }

  const reading = (fd: number, length: number) =>
    new Promise<{ result: number; text: string }>((resolve) => {
      const buffer = new Uint8Array(length);
      transfers.read(fd, buffer, (result) => {
        const text = new TextDecoder().decode(buffer.subarray(0, Math.max(0, result)));
        resolve({ result, text });
      });
    });

  it('reads and writes', async () => {
    assert.deepEqual(await reading(file('in', 'r', 'hello'), 100), { result: 5, text: 'hello' });
    const fd = file('out', 'w');
    const bytes = new TextEncoder().encode('world, and more');
    const result = await new Promise((resolve) => transfers.write(fd, bytes, 5, resolve));
    assert.equal(result, 5);
    assert.equal(readFileSync(path.join(folder, 'out'), 'utf8'), 'world');
  });

  it('runs eight at a time, says so when there are more, and has room again after', async () => {
    const fd = file('in', 'r', 'x');
    for (let round = 0; round < 50; round++) {
      const all = Array.from({ length: 8 }, () => reading(fd, 10));
      assert.throws(
        () => transfers.read(fd, new Uint8Array(1), () => undefined),
        (error) => error instanceof FunctionFsError && error.errno === 'ENOBUFS',
      );
      for (const { text } of await Promise.all(all)) assert.equal(text, 'x');
    }
  });

  it('returns errors as results, never from inside the call, and goes on with the others', async () => {
    const good = file('in', 'r', 'x');
    const writeOnly = file('out', 'w');
    const [unopened, wrongWay, fine] = await Promise.all([
      reading(987654, 10),
      reading(writeOnly, 10),
      reading(good, 10),
    ]);
    assert.equal(unopened.result, -9); // EBADF
    assert.equal(wrongWay.result, -9);
    assert.equal(fine.result, 1);
  });

  it('keeps buffers that are not referenced elsewhere', async () => {
    const fd = file('out', 'w');
    const results = Array.from({ length: 8 }, (_, i) => {
      const buffer = new Uint8Array(100_000).fill(65 + i);
      return new Promise((resolve) => transfers.write(fd, buffer, buffer.length, resolve));
    });
    globalThis.gc?.();
    assert.deepEqual(await Promise.all(results), new Array(8).fill(100_000));
    assert.equal(readFileSync(path.join(folder, 'out')).length, 100_000);
  });

  it('refuses to send more than the buffer has', () => {
    const fd = file('out', 'w');
    assert.throws(() => transfers.write(fd, new Uint8Array(4), 5, () => undefined), RangeError);
  });

  it('calls nothing after close, and close may be called from a result', async () => {
    const fd = file('in', 'r', 'x');
    let calls = 0;
    await new Promise<void>((resolve) => {
      for (let i = 0; i < 8; i++) {
        transfers.read(fd, new Uint8Array(1), () => {
          calls++;
          transfers.close();
          resolve();
        });
      }
    });
    const late = new Transfers(1);
    late.read(fd, new Uint8Array(1), () => assert.fail('called after close'));
    late.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(calls, 1);
    transfers.read(fd, new Uint8Array(1), () => assert.fail('called after close'));
  });

  it('goes with its thread', async () => {
    const worker = new Worker(
      `const { addon, fd } = require('node:worker_threads').workerData;
      const results = new Int32Array(8);
      const buffer = new Uint8Array(10);
      const again = () => {
        transfers.queue(0, fd, false, buffer, 10);
        transfers.submit();
      };
      const transfers = require(addon).openTransfers(4, results, again);
      again();
      require('node:worker_threads').parentPort.postMessage('ready');`,
      { eval: true, workerData: { addon, fd: file('in', 'r', 'x') } },
    );
    await new Promise((resolve) => worker.once('message', resolve));
    assert.equal(await worker.terminate(), 1);
  });
});
