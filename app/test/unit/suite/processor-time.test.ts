import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { processorTimeOfChildren } from '../../suite/processor-time.ts';

describe('processor time of children', () => {
  it('adds cutime and cstime of a program with any name', () => {
    const stat = '7 (a) b) (c) S 1 7 7 0 -1 4194304 90 80 0 0 11 22 1234 66 20 0 1 0 100 0 0\n';
    assert.equal(processorTimeOfChildren(stat), 13);
  });

  it('grows by what a child used', () => {
    const before = processorTimeOfChildren();
    spawnSync(process.execPath, [
      '-e',
      'const end = process.cpuUsage().user + 2e5; while (process.cpuUsage().user < end);',
    ]);
    assert.ok(processorTimeOfChildren() - before >= 0.2);
  });

  it('refuses what is not a line of the kernel', () => {
    assert.throws(() => processorTimeOfChildren('7 (a) S 1'), TypeError);
  });
});
