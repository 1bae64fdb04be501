/** Who holds what for how long: descriptors, memory, the event loop, the environment of a worker thread. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { buildSync } from 'esbuild';
import { openEthernet, openTun, type PacketDevice } from '../../src/index.ts';
import { until } from '../device-contract.ts';
import { burst, udp6 } from '../packets.ts';
import { Child, script } from './process.ts';
import { openTapPair } from './rigs.ts';
import { ip } from './network.ts';

function openDescriptors(pattern: RegExp): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return pattern.test(readlinkSync(`/proc/self/fd/${fd}`));
    } catch {
      return false; // The descriptor of readdir itself.
    }
  }).length;
}

const tunDescriptors = (): number => openDescriptors(/\/net\/tun$/);
// What --expose-gc gives, without a flag for the whole test run.
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What leaks does so each time; what the runtime compiles, or has not collected yet, does not. */
async function assertOnce(measure: () => Promise<string>): Promise<void> {
  const problems: string[] = [];
  while (problems.at(-1) !== '') {
    assert.ok(problems.length < 4, problems.join('; '));
    problems.push(await measure());
  }
}

describe('a device without a reference', () => {
  it('is closed by the garbage collector, with its descriptor', async () => {
    const before = tunDescriptors();
    for (let i = 0; i < 5; i++) openTun({ name: `lost${i}` });
    assert.equal(tunDescriptors(), before + 5);
    await until('the collector', () => {
      collect();
      return tunDescriptors() === before;
    });
  });

  it('lives on once it was started', async () => {
    const before = tunDescriptors();
    let device: PacketDevice | undefined = openTun({ name: 'live0' });
    device.start({ onReadable: () => undefined, onError: () => undefined });
    const weak = new WeakRef(device);
    device = undefined;
    for (let i = 0; i < 5; i++) {
      collect();
      await sleep(2);
    }
    assert.equal(tunDescriptors(), before + 1);
    weak.deref()?.close();
    assert.equal(tunDescriptors(), before);
  });

  it('gives its memory back', async () => {
    const { device, other } = openTapPair();
    const openAndClose = async (): Promise<void> => {
      for (let i = 0; i < 20; i++) {
        const extra = openEthernet({ name: 'wire0' });
        extra.start({ onReadable: () => undefined, onError: () => undefined });
        extra.close();
      }
      await sleep(1);
      collect();
      await sleep(1);
    };
    for (let i = 0; i < 4; i++) await openAndClose();
    await assertOnce(async () => {
      const before = process.memoryUsage.rss();
      for (let i = 0; i < 8; i++) await openAndClose();
      const growth = process.memoryUsage.rss() - before;
      return growth < 8 << 20 ? '' : `160 devices left ${growth} bytes`;
    });
    device.close();
    other.close();
  });
});

describe('a running device', () => {
  it('allocates nothing per packet', async () => {
    const { device, other } = openTapPair();
    device.setPeer(other.mac);
    other.setPeer(device.mac);
    const buf = Buffer.alloc(256 * 1024);
    let received = 0;
    other.start({
      onReadable: () => {
        for (let n = 1; n !== 0; received += n) n = other.readBatch(buf, 0);
      },
      onError: (error) => assert.fail(error),
    });
    const packets = 64;
    const frames = burst(...Array.from({ length: packets }, () => udp6({})));
    const move = async (bursts: number): Promise<void> => {
      for (let i = 0; i < bursts; i++) {
        const goal = received + frames.length;
        assert.equal(device.writeBatch(frames, 0, frames.length), frames.length);
        while (received < goal) await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const used = (): number => {
      collect();
      const { heapUsed, external, arrayBuffers } = process.memoryUsage();
      return heapUsed + external + arrayBuffers;
    };
    await move(200);
    const bursts = 2000;
    await assertOnce(async () => {
      const before = used();
      const rssBefore = process.memoryUsage.rss();
      await move(bursts);
      const perPacket = (used() - before) / (bursts * packets);
      const rssGrowth = process.memoryUsage.rss() - rssBefore;
      // One retained object per packet would be 16 bytes at the very least.
      if (perPacket >= 1) return `${perPacket} bytes per packet stay`;
      return rssGrowth < 24 << 20 ? '' : `resident memory grew by ${rssGrowth} bytes`;
    });
    device.close();
    other.close();
  });

  it('keeps the event loop alive until it is closed, and not longer', async () => {
    const [command = '', ...words] = script('run-and-close.ts');
    const child = new Child(command, words);
    const { code, output } = await child.finished;
    assert.equal(code, 0, output);
    assert.equal(output, 'started\nclosed\nexit\n');
  });

  it('hands on what a callback throws as an uncaught exception', async () => {
    const [command = '', ...words] = script('run-and-close.ts', 'throw');
    const { code, output } = await new Child(command, words).finished;
    assert.notEqual(code, 0);
    assert.match(output, /thrown in onReadable/);
  });
});

describe('a worker thread', () => {
  let folder: string;
  let module: string;

  /** TypeScript is not loaded in workers by every Node.js, so they get the package as one JavaScript file. */
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'tuntap2-'));
    module = path.join(folder, 'tuntap2.mjs');
    buildSync({
      entryPoints: [fileURLToPath(new URL('../../src/index.ts', import.meta.url))],
      bundle: true,
      format: 'esm',
      platform: 'node',
      outfile: module,
    });
    const built = new URL(`../../build/linux-${process.arch}/tuntap2.node`, import.meta.url);
    symlinkSync(
      process.env.TUNTAP2_ADDON ?? fileURLToPath(built),
      path.join(folder, 'tuntap2.node'),
    );
  });
  after(() => rmSync(folder, { recursive: true }));

  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    import(workerData.module).then(({ openTun }) => {
      const device = openTun({ name: 'worker0' });
      device.start({ onReadable() {}, onError() {} });
      parentPort.postMessage(device.name);
      if (workerData.exits) device.close();
    });
  `;

  for (const [what, exits] of [
    ['ends by itself', true],
    ['is terminated', false],
  ] as const) {
    it(`has its own devices, which are closed when it ${what}`, async () => {
      const here = openTun({ name: 'main%d' });
      const before = tunDescriptors();
      const worker = new Worker(code, { eval: true, workerData: { module, exits } });
      const gone = new Promise((resolve) => worker.on('exit', resolve));
      const name = await new Promise((resolve, reject) => {
        worker.on('message', resolve);
        worker.on('error', reject);
      });
      assert.equal(name, 'worker0');
      if (!exits) {
        assert.equal(tunDescriptors(), before + 1);
        await worker.terminate();
      }
      await gone;
      assert.equal(tunDescriptors(), before);
      assert.ok(!ip('-o', 'link', 'show').includes('worker0'));
      assert.equal(here.closed, false);
      here.close();
    });
  }
});
