/**
 * The state of the protection against guessed authorization values, from the TPM's properties, and in plain words (TPM
 * 2.0 Library part 1, 19.8: the failure count falls by one after each recovery time, and the lockout lasts as long as
 * the count is at the limit or above).
 */
import { properties } from './constants.ts';
import { TpmFormatError } from './errors.ts';

/** TPMA_PERMANENT. */
const inLockout = 0x200;

export interface DictionaryAttackState {
  readonly isLockedOut: boolean;
  readonly failures: number;
  readonly maxFailures: number;
  /** After this time, without a failure in it, one failure is forgotten; 0: none ever is. */
  readonly recoverySeconds: number;
  readonly lockoutRecoverySeconds: number;
  /** The longest wait until an authorization may be tried again; 0 if one may be now, Infinity if time ends nothing. */
  readonly secondsUntilNextTry: number;
  /** For example `"locked out after 32 failures; the next try is possible within 2 hours"`. */
  readonly text: string;
}

const needed = {
  permanent: 'TPM_PT_PERMANENT',
  lockoutCounter: 'TPM_PT_LOCKOUT_COUNTER',
  maxAuthFail: 'TPM_PT_MAX_AUTH_FAIL',
  lockoutInterval: 'TPM_PT_LOCKOUT_INTERVAL',
  lockoutRecovery: 'TPM_PT_LOCKOUT_RECOVERY',
} as const;

/** `values` has the properties from TPM_PT_PERMANENT to TPM_PT_LOCKOUT_RECOVERY. */
export function dictionaryAttackState(values: ReadonlyMap<number, number>): DictionaryAttackState {
  const value = (property: keyof typeof needed) => {
    const found = values.get(properties[property]);
    if (found === undefined) throw new TpmFormatError(`the TPM reports no ${needed[property]}`);
    return found;
  };
  const limits = {
    isLockedOut: (value('permanent') & inLockout) !== 0,
    failures: value('lockoutCounter'),
    maxFailures: value('maxAuthFail'),
    recoverySeconds: value('lockoutInterval'),
    lockoutRecoverySeconds: value('lockoutRecovery'),
  };
  const state = { ...limits, secondsUntilNextTry: secondsUntilNextTry(limits) };
  return { ...state, text: describe(state) };
}

type Limits = Omit<DictionaryAttackState, 'secondsUntilNextTry' | 'text'>;

function secondsUntilNextTry(limits: Limits): number {
  if (!limits.isLockedOut) return 0;
  if (limits.recoverySeconds === 0 || limits.maxFailures === 0) return Infinity;
  // More than the limit if the limit was lowered since.
  const tooMany = Math.max(1, limits.failures - limits.maxFailures + 1);
  return tooMany * limits.recoverySeconds;
}

function describe(state: Omit<DictionaryAttackState, 'text'>): string {
  const failures = count(state.failures, 'failure');
  if (state.isLockedOut) {
    const next =
      state.secondsUntilNextTry === Infinity
        ? 'only the lockout authorization ends it'
        : `the next try is possible within ${duration(state.secondsUntilNextTry)}`;
    return `locked out after ${failures}; ${next}`;
  }
  if (state.recoverySeconds === 0) return 'not locked out; failures are not counted';
  const left = Math.max(0, state.maxFailures - state.failures);
  const forgets = `one failure is forgotten every ${duration(state.recoverySeconds)}`;
  return `not locked out; ${failures} of ${state.maxFailures}, ${left} left; ${forgets}`;
}

/** In the largest unit that leaves no more than two numbers. */
function duration(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const parts = [
    hours > 0 && count(hours, 'hour'),
    minutes > 0 && count(minutes, 'minute'),
    seconds % 60 > 0 && hours === 0 && count(seconds % 60, 'second'),
  ].filter((part) => part !== false);
  return parts.slice(0, 2).join(' ');
}

function count(number: number, unit: string): string {
  return `${number} ${unit}${number === 1 ? '' : 's'}`;
}
