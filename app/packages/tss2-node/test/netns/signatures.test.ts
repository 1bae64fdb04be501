/** Many signatures with one key: nothing grows, in this process or in the TPM. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { firstHandles, signingTemplate } from '../../src/index.ts';
import { assertSigned, parentHandle, Simulator } from './simulator.ts';

const signatures = Number(process.env.TPM_SIGNATURES ?? 1000);
/** The first is for what allocators and compilers keep; a leak grows in each of the others, what they keep does not. */
const windows = 5;
const perWindow = Math.ceil(signatures / windows);
/** A third of what the leak of one buffer for responses at each signature would make in a window. */
const maxGrowthBytes = 2 ** 20;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function usage() {
  collectGarbage();
  return {
    resident: process.memoryUsage.rss(),
    descriptors: readdirSync('/proc/self/fd').length,
    threads: readdirSync('/proc/self/task').length,
  };
}

describe('many signatures', () => {
  it(`${signatures} of them verify, and leave memory, descriptors and handles as they were`, async () => {
    await using simulator = await Simulator.start();
    const { tpm } = simulator;
    const made = await tpm.create(parentHandle, signingTemplate);
    const used: ReturnType<typeof usage>[] = [];
    {
      await using key = await tpm.load(parentHandle, made);
      for (let i = 1; i <= windows * perWindow; i++) {
        const text = Buffer.from(`text ${i}`);
        const digest = createHash('sha256').update(text).digest();
        assertSigned(made.public, text, await tpm.sign(key.handle, digest));
        if (i % perWindow === 0) used.push(usage());
      }
    }
    assert.deepEqual(await tpm.listCapability('handles', firstHandles.transient), []);
    const growth = used.slice(1).map(({ resident }, i) => resident - used[i]!.resident);
    assert.ok(Math.min(...growth) < maxGrowthBytes, `bytes more, each time: ${growth.join(', ')}`);
    const { descriptors, threads } = used[0]!;
    assert.deepEqual({ ...used.at(-1), resident: 0 }, { descriptors, threads, resident: 0 });
  });
});
