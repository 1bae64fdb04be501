import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseLeftOut } from '../../../../../src/programs/enftun/wifi/left-out-files.ts';

describe('wifi/left-out-files', () => {
  it('reads path, line and words, and passes over the rest', () => {
    assert.deepEqual(
      parseLeftOut("/data/wifi/own.conf\t3\tunknown network field 'x'\n\nbla\n/a\tb\tc\n"),
      [{ file: '/data/wifi/own.conf', line: 3, problem: "unknown network field 'x'" }],
    );
  });

  it('returns a bounded list of bounded texts, whatever the file', () => {
    const row = fc.tuple(fc.string(), fc.nat(), fc.string()).map((parts) => parts.join('\t'));
    fc.assert(
      fc.property(fc.array(row, { maxLength: 50 }), (rows) => {
        const found = parseLeftOut(`${rows.join('\n')}\n/a\t1\t${'x'.repeat(10_000)}`);
        assert.ok(found.length <= 8);
        for (const { problem } of found) assert.ok(problem.length <= 200);
      }),
    );
  });
});
