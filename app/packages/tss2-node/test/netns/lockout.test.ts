/** The lockout of a real swtpm: reached, described, left by time and by reset. */
import assert from 'node:assert/strict';
import { objectAttributes, signingTemplate } from '../../src/index.ts';
import { parentHandle, Simulator } from './simulator.ts';
import { until } from './until.ts';

const digest = new Uint8Array(32);
const wrong = { auth: Buffer.from('wrong') };
const right = { auth: Buffer.from('right') };

describe('lockout of a simulator', () => {
  it('is reached by wrong authorizations, and ends by a reset and with time', async () => {
    await using simulator = await Simulator.start();
    const { tpm } = simulator;
    const made = await tpm.create(parentHandle, signingTemplate, { newAuth: right.auth });
    await using key = await tpm.load(parentHandle, made);
    const fail = () => tpm.sign(key.handle, digest, wrong);
    const limits = { maxFailures: 2, recoverySeconds: 3600, lockoutRecoverySeconds: 0 };

    await tpm.dictionaryAttackParameters(limits);
    assert.equal(
      (await tpm.dictionaryAttackState()).text,
      'not locked out; 0 failures of 2, 2 left; one failure is forgotten every 1 hour',
    );
    await assert.rejects(fail(), /TPM_RC_AUTH_FAIL.*session 1; .* counts towards the lockout/);
    assert.equal((await tpm.dictionaryAttackState()).failures, 1);
    await assert.rejects(fail());
    await assert.rejects(tpm.sign(key.handle, digest, right), /TPM_RC_LOCKOUT.*recovery time/);
    const state = await tpm.dictionaryAttackState();
    assert.equal(state.isLockedOut, true);
    assert.equal(state.secondsUntilNextTry, 3600);
    assert.equal(state.text, 'locked out after 2 failures; the next try is possible within 1 hour');

    await tpm.dictionaryAttackParameters({ ...limits, maxFailures: 1 });
    const lowered = await tpm.dictionaryAttackState();
    assert.deepEqual([lowered.failures, lowered.secondsUntilNextTry], [2, 2 * 3600]);

    await tpm.dictionaryAttackLockReset();
    await tpm.sign(key.handle, digest, right);

    await tpm.dictionaryAttackParameters({ ...limits, maxFailures: 1, recoverySeconds: 1 });
    await assert.rejects(fail());
    const isFree = async () => !(await tpm.dictionaryAttackState()).isLockedOut;
    await until(isFree, 'the lockout ends with time');
    await tpm.sign(key.handle, digest, right);
  });

  it('is not reached by a key with the attribute noDA', async () => {
    await using simulator = await Simulator.start();
    const { tpm } = simulator;
    const attributes = signingTemplate.attributes | objectAttributes.noDA;
    const template = { ...signingTemplate, attributes };
    const made = await tpm.create(parentHandle, template, { newAuth: right.auth });
    await using key = await tpm.load(parentHandle, made);
    for (let i = 0; i < 5; i++) {
      await assert.rejects(tpm.sign(key.handle, digest, wrong), /TPM_RC_BAD_AUTH/);
    }
    assert.equal((await tpm.dictionaryAttackState()).failures, 0);
    await tpm.sign(key.handle, digest, right);
  });
});
