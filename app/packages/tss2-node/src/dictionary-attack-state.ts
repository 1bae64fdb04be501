/** The state of the protection against guessed authorization values, from the TPM's properties, and in plain words. */
import { properties } from './constants.ts';

const inLockout = 0x200;

export interface DictionaryAttackState {
  readonly isLockedOut: boolean;
  readonly failures: number;
  readonly maxFailures: number;
  /** After this time, without a failure in it, one failure is forgotten; 0: the protection is off. */
  readonly recoverySeconds: number;
  readonly lockoutRecoverySeconds: number;
  /** The longest wait until an authorization may be tried again; 0 if one may be now. */
  readonly secondsUntilNextTry: number;
  /** For example `"locked out after 32 failures; the next try is possible within 2 hours"`. */
  readonly text: string;
}

/** `values` has the properties from TPM_PT_PERMANENT to TPM_PT_LOCKOUT_RECOVERY. */
export function dictionaryAttackState(values: ReadonlyMap<number, number>): DictionaryAttackState {
  const value = (property: number) => values.get(property) ?? 0;
  const isLockedOut = (value(properties.permanent) & inLockout) !== 0;
  const recoverySeconds = value(properties.lockoutInterval);
  const state = {
    isLockedOut,
    failures: value(properties.lockoutCounter),
    maxFailures: value(properties.maxAuthFail),
    recoverySeconds,
    lockoutRecoverySeconds: value(properties.lockoutRecovery),
    secondsUntilNextTry: isLockedOut ? recoverySeconds : 0,
  };
  return { ...state, text: describe(state) };
}

function describe(state: Omit<DictionaryAttackState, 'text'>): string {
  const failures = count(state.failures, 'failure');
  if (state.isLockedOut) {
    const next =
      state.recoverySeconds === 0
        ? 'only the lockout authorization ends it'
        : `the next try is possible within ${duration(state.recoverySeconds)}`;
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
