import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const { sharesOf } = createRequire(import.meta.url)('../../netns/shares.cjs') as {
  sharesOf: (files: readonly string[], count: number) => string[][];
};

describe('shares of the namespace tests', () => {
  const short = Array.from({ length: 30 }, (_, index) => `./test/netns/short-${index}.test.ts`);
  const long = ['./test/netns/host-moves.test.ts', './test/netns/transports.test.ts'];
  const files = [...short, ...long];

  for (const count of [1, 2, 4, 7]) {
    it(`have every file once: ${count}`, () => {
      const shares = sharesOf(files, count);
      assert.equal(shares.length, count);
      assert.deepEqual(shares.flat().sort(), [...files].sort());
    });
  }

  it('have fewer files where a long one is', () => {
    const shares = sharesOf(files, 4);
    const isLong = (share: string[]) => share.some((file) => long.includes(file));
    const sizes = (wanted: boolean) =>
      shares.filter((share) => isLong(share) === wanted).map(({ length }) => length);
    assert.equal(sizes(true).length, 2, 'the long files are apart');
    assert.ok(Math.max(...sizes(true)) < Math.min(...sizes(false)));
  });
});
