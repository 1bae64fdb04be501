/** The lockout of a real swtpm: reached, described, left by time and by reset. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { hierarchies, parentTemplate, signingTemplate, Tpm } from '../../src/index.ts';
import { Swtpm } from '../../testing/index.ts';

const digest = new Uint8Array(32);
const wrong = { auth: Buffer.from('wrong') };
const right = { auth: Buffer.from('right') };

describe('lockout of a simulator', () => {
  it('is reached by wrong authorizations, and ends by a reset and with time', async () => {
    await using swtpm = await Swtpm.start();
    await using tpm = Tpm.open(swtpm.configuration);
    await using parent = await tpm.createPrimary(hierarchies.owner, parentTemplate);
    const made = await tpm.create(parent.handle, signingTemplate, { newAuth: right.auth });
    await using key = await tpm.load(parent.handle, made);
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

    await tpm.dictionaryAttackLockReset();
    await tpm.sign(key.handle, digest, right);

    await tpm.dictionaryAttackParameters({ ...limits, maxFailures: 1, recoverySeconds: 1 });
    await assert.rejects(fail());
    const deadline = performance.now() + 30_000;
    while ((await tpm.dictionaryAttackState()).isLockedOut) {
      assert.ok(performance.now() < deadline, 'still locked out after 30 s');
      await sleep(100);
    }
    await tpm.sign(key.handle, digest, right);
  });
});
