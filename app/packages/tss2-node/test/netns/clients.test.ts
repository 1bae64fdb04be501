/** Five connections to one simulator at once, each with several commands under way. */
import assert from 'node:assert/strict';
import { hierarchies, signingTemplate, Tpm } from '../../src/index.ts';
import { Swtpm } from '../../testing/index.ts';

const clients = 5;
const rounds = 8;
const handle = 0x81000002;

describe('five clients at once', () => {
  it('get their own answers', async () => {
    await using swtpm = await Swtpm.start();
    await using first = Tpm.open(swtpm.configuration);
    {
      await using key = await first.createPrimary(hierarchies.owner, signingTemplate);
      await first.evictControl(key.handle, handle);
    }
    const lengths = await Promise.all(
      Array.from({ length: clients }, async (_, client) => {
        await using tpm = Tpm.open(swtpm.configuration);
        const work = Array.from({ length: rounds }, (_, round) =>
          round % 2 === 0
            ? tpm.getRandom(client + 1).then(({ length }) => length)
            : tpm.sign(handle, new Uint8Array(32).fill(round)).then(({ algorithm }) => algorithm),
        );
        return await Promise.all(work);
      }),
    );
    for (const [client, answers] of lengths.entries()) {
      assert.deepEqual(
        answers,
        Array.from({ length: rounds }, (_, round) => (round % 2 === 0 ? client + 1 : 0x18)),
      );
    }
  });
});
