import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { testBytes, testSha256 } from '../../harness/test-bytes.ts';

describe('test bytes of the lab', () => {
  for (const count of [0, 1, 65_535, 65_536, 65_537, 200_000]) {
    it(`are ${count} when ${count} are asked for, with the checksum that is expected`, () => {
      const all = Buffer.concat([...testBytes(count, 'seed')]);
      assert.equal(all.length, count);
      assert.equal(createHash('sha256').update(all).digest('hex'), testSha256(count, 'seed'));
    });
  }

  it('differ by seed, and do not repeat', () => {
    assert.notEqual(testSha256(1000, 'a'), testSha256(1000, 'b'));
    const [first, second] = testBytes(131_072, 'a');
    assert.ok(first !== undefined && second !== undefined && !first.equals(second));
  });
});
