/** Waiting for a state of a simulator or of this process. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

const deadlineMs = 30_000;
const pollMs = 20;

export async function until(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await isTrue())) {
    assert.ok(performance.now() < deadline, `${what}: not within ${deadlineMs} ms`);
    await sleep(pollMs);
  }
}
