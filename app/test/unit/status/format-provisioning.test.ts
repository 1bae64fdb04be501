import assert from 'node:assert/strict';
import { instant } from '../../../src/core/time.ts';
import { describeState } from '../../../src/status/format-state.ts';
import { printStatus } from '../../../src/status/print-status.ts';
import type { ProvisioningState, TunnelState } from '../../../src/tunnel/tunnel-state.ts';
import { now, status, upState, waitingState } from './status-fixture.ts';

const tun = { type: 'tun', interface: 'enf0', hasCarrier: true, problem: null } as const;
const problem = 'TPM, NV index 0x01410001: the credential of this member is missing; prepare it';
const since = instant(now - 5000);

function without(provisioning: Partial<ProvisioningState>): TunnelState {
  const state = { step: undefined, since, problem: undefined, ...provisioning };
  const none = { address: undefined, certificateEnds: undefined, session: undefined };
  return { ...upState, ...none, phase: 'no-identity', provisioning: state };
}

describe('a device that gets its identity by itself', () => {
  it('shows how far it is', () => {
    assert.deepEqual(describeState(status({ tunnel: without({ step: 'server' }) })), {
      tone: 'busy',
      headline: 'Getting an identity',
      explanation: 'The card gets its identity by itself: it is looking for a provisioning server.',
      nextStep: '',
    });
    const document = status({ tunnel: without({ step: 'server' }) });
    assert.deepEqual(document.provisioning, { step: 'server', seconds: 5, problem: null });
  });

  it('names its problem to an operator', () => {
    const tunnel = without({ problem });
    const { tone, explanation, nextStep } = describeState(status({ tunnel, link: tun }));
    assert.equal(tone, 'bad');
    assert.match(explanation, /^This machine .* waiting for the next try\. The last try: TPM, NV/);
    assert.equal(nextStep, '');
  });

  it('says what the person at the host can do', () => {
    const { nextStep } = describeState(status({ tunnel: without({ problem }) }));
    assert.match(nextStep, /^Check that the host has a network, .* contact the provider/);
  });

  it('shows among the details why a refused identity is still there', () => {
    const provisioning: ProvisioningState = { step: undefined, since, problem };
    const tunnel = { ...waitingState, needProvision: true, provisioning };
    const text = printStatus(status({ tunnel, link: tun }));
    assert.match(text, /New identity +waiting; the last try: TPM, NV index 0x01410001/);
  });
});
