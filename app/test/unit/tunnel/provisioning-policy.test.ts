import assert from 'node:assert/strict';
import { after, instant, milliseconds, seconds } from '../../../src/core/time.ts';
import {
  mostPromptRefusals,
  ProvisioningPolicy,
  refusedPause,
} from '../../../src/tunnel/provisioning-policy.ts';

describe('provisioning policy', () => {
  const start = instant(5000);

  function refusedPolicy(times: number): ProvisioningPolicy {
    const policy = new ProvisioningPolicy();
    policy.runs(start);
    for (let i = 0; i < times; i++) policy.refused();
    return policy;
  }

  it('answers the first refusals at once, and the next after an hour', () => {
    assert.equal(refusedPolicy(mostPromptRefusals).wait(start), 0);
    const policy = refusedPolicy(mostPromptRefusals + 1);
    assert.equal(policy.wait(start), refusedPause);
    assert.equal(policy.wait(after(start, milliseconds(refusedPause - 1))), 1);
    assert.equal(policy.wait(after(start, refusedPause)), 0);
  });

  it('counts from the last run on, and one more refusal is an hour more', () => {
    const policy = refusedPolicy(mostPromptRefusals + 1);
    const later = after(start, refusedPause);
    policy.runs(later);
    policy.refused();
    assert.equal(policy.wait(after(later, seconds(60))), refusedPause - 60_000);
  });

  it('starts over once the ENF has accepted the device', () => {
    const policy = refusedPolicy(mostPromptRefusals + 1);
    policy.reset();
    assert.equal(policy.wait(start), 0);
  });
});
