/** The state of the lockout from properties, in numbers and in words. */
import assert from 'node:assert/strict';
import { properties } from '../../src/index.ts';
import { dictionaryAttackState } from '../../src/dictionary-attack-state.ts';

const lockedOut = 0x200;

function values(permanent: number, failures: number, most: number, recovery: number) {
  return new Map([
    [properties.permanent, permanent],
    [properties.lockoutCounter, failures],
    [properties.maxAuthFail, most],
    [properties.lockoutInterval, recovery],
    [properties.lockoutRecovery, 86_400],
  ]);
}

describe('dictionary attack state', () => {
  for (const [title, from, seconds, text] of [
    [
      'free',
      values(0, 2, 32, 7200),
      0,
      'not locked out; 2 failures of 32, 30 left; one failure is forgotten every 2 hours',
    ],
    ['off', values(0, 0, 32, 0), 0, 'not locked out; failures are not counted'],
    [
      'locked out at the limit',
      values(lockedOut, 32, 32, 7200),
      7200,
      'locked out after 32 failures; the next try is possible within 2 hours',
    ],
    [
      'locked out above a limit that was lowered',
      values(lockedOut, 10, 3, 600),
      8 * 600,
      'locked out after 10 failures; the next try is possible within 1 hour 20 minutes',
    ],
    [
      'locked out without recovery',
      values(lockedOut, 1, 1, 0),
      Infinity,
      'locked out after 1 failure; only the lockout authorization ends it',
    ],
    [
      'locked out by a limit of none',
      values(lockedOut, 0, 0, 5),
      Infinity,
      'locked out after 0 failures; only the lockout authorization ends it',
    ],
  ] as const) {
    it(`is ${title}`, () => {
      const state = dictionaryAttackState(from);
      assert.equal(state.secondsUntilNextTry, seconds);
      assert.equal(state.text, text);
      assert.equal(state.isLockedOut, title.startsWith('locked'));
      assert.equal(state.lockoutRecoverySeconds, 86_400);
    });
  }

  for (const [name, property] of [
    ['TPM_PT_PERMANENT', properties.permanent],
    ['TPM_PT_LOCKOUT_COUNTER', properties.lockoutCounter],
    ['TPM_PT_MAX_AUTH_FAIL', properties.maxAuthFail],
    ['TPM_PT_LOCKOUT_INTERVAL', properties.lockoutInterval],
    ['TPM_PT_LOCKOUT_RECOVERY', properties.lockoutRecovery],
  ] as const) {
    it(`is not guessed without ${name}`, () => {
      const some = values(0, 0, 32, 7200);
      some.delete(property);
      assert.throws(() => dictionaryAttackState(some), {
        code: 'FORMAT',
        message: `the TPM reports no ${name}`,
      });
    });
  }
});
