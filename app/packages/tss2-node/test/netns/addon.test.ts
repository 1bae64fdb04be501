/** What the addon does on its own: a channel's methods on other objects, and its output. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { constants, existsSync, mkdtempSync, openSync, closeSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openChannel, startClient } from './addon.ts';

/** A port on which nothing listens. */
const noTpm = 'swtpm:host=127.0.0.1,port=1';
const functionFs = fileURLToPath(
  new URL(`../../../function-fs/build/linux-${process.arch}/function-fs.node`, import.meta.url),
);

describe('addon', () => {
  it('refuses methods of a channel on objects of another addon', async function () {
    if (!existsSync(functionFs)) {
      console.log(`skipped: ${functionFs} is not built, and its objects are needed here`);
      this.skip();
    }
    const channel = openChannel(noTpm);
    const folder = mkdtempSync(path.join(tmpdir(), 'addon-'));
    execFileSync('mkfifo', [path.join(folder, 'fifo')]);
    const fd = openSync(path.join(folder, 'fifo'), constants.O_RDWR | constants.O_NONBLOCK);
    const otherAddon = createRequire(import.meta.url)(functionFs) as {
      watchReadable(fd: number, onReadable: () => void): { close(): void };
    };
    const foreign = otherAddon.watchReadable(fd, () => undefined);
    const refused = { code: 'ERR_INVALID_THIS' };
    try {
      for (const object of [foreign, {}]) {
        assert.throws(() => channel.start.call(object, 0, new Uint8Array(), () => {}), refused);
        assert.throws(() => channel.close.call(object, () => {}), refused);
      }
    } finally {
      foreign.close();
      closeSync(fd);
      rmSync(folder, { recursive: true });
      await new Promise<void>((resolve) => channel.close(resolve));
    }
  });

  it('keeps tpm2-tss from printing to stderr, in worker threads too', async () => {
    for (const ending of ['exit', 'worker'] as const) {
      const child = startClient(noTpm, ending);
      let printed = '';
      child.stderr!.on('data', (data: Buffer) => (printed += data.toString()));
      assert.deepEqual(await once(child, 'close'), [0, null]);
      assert.equal(printed, '');
    }
  });
});
