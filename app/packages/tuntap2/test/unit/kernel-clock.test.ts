import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { isClockSynchronized } from '../../src/index.ts';

/** Numbers of adjtimex(2). */
const systemCalls: Record<string, number> = { x64: 159, arm64: 171, arm: 124 };
/** What adjtimex(2) returns while the clock is not synchronized. */
const timeError = 5;

describe('tuntap2/kernel-clock', () => {
  it('says what the kernel says', () => {
    const call = systemCalls[process.arch];
    assert.ok(call !== undefined, process.arch);
    const script = `print syscall(${call}, my $buffer = "\\0" x 256)`;
    const state = Number(execFileSync('perl', ['-e', script], { encoding: 'utf8' }));
    assert.equal(isClockSynchronized(), state < 0 ? undefined : state !== timeError);
  });
});
