import assert from 'node:assert/strict';
import { after, instant, milliseconds, seconds } from '../../../src/core/time.ts';
import {
  mostPromptFailures,
  ProvisioningPolicy,
  failedPause,
} from '../../../src/tunnel/provisioning-policy.ts';

describe('provisioning policy', () => {
  const start = instant(5000);

  function failedPolicy(times: number): ProvisioningPolicy {
    const policy = new ProvisioningPolicy();
    for (let i = 0; i < times; i++) policy.failed(start);
    return policy;
  }

  it('answers the first refusals at once, and the next after an hour', () => {
    assert.equal(failedPolicy(mostPromptFailures).wait(start), 0);
    const policy = failedPolicy(mostPromptFailures + 1);
    assert.equal(policy.wait(start), failedPause);
    assert.equal(policy.wait(after(start, milliseconds(failedPause - 1))), 1);
    assert.equal(policy.wait(after(start, failedPause)), 0);
  });

  it('counts from the last failure on, and one more is an hour more', () => {
    const policy = failedPolicy(mostPromptFailures + 1);
    const later = after(start, failedPause);
    policy.failed(later);
    assert.equal(policy.wait(after(later, seconds(60))), failedPause - 60_000);
  });

  it('does not answer at once an identity that cannot be used', () => {
    const policy = new ProvisioningPolicy();
    policy.unusable(start);
    assert.equal(policy.wait(start), failedPause);
  });

  it('starts over once the ENF has accepted the device', () => {
    const policy = failedPolicy(mostPromptFailures + 1);
    policy.reset();
    assert.equal(policy.wait(start), 0);
  });
});
