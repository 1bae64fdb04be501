/** Protection against guessed authorization values (TPM 2.0 Library part 3, 25): the lockout, its limits, its end. */
import { encodeBytes } from '../codec/byte-writer.ts';
import { emptyAuth, type Command } from '../command.ts';
import { commandCodes, hierarchies } from '../constants.ts';

/** TPM2_DictionaryAttackLockReset (25.2): ends the lockout and forgets all failures. */
export function dictionaryAttackLockReset(lockoutAuth = emptyAuth): Command<void> {
  return {
    name: 'TPM2_DictionaryAttackLockReset',
    code: commandCodes.DictionaryAttackLockReset,
    handles: [hierarchies.lockout],
    auths: [lockoutAuth],
    createsObject: false,
    parameters: new Uint8Array(),
    decode: () => undefined,
  };
}

/** For TPM2_DictionaryAttackParameters. */
export interface DictionaryAttackLimits {
  /** Failures until the lockout. */
  readonly maxFailures: number;
  /** After this time one failure is forgotten; 0 turns the protection off. */
  readonly recoverySeconds: number;
  /** How long a wrong lockout authorization bars the next; 0: until the next start of the TPM. */
  readonly lockoutRecoverySeconds: number;
}

/** TPM2_DictionaryAttackParameters (25.3). */
export function dictionaryAttackParameters(
  limits: DictionaryAttackLimits,
  lockoutAuth = emptyAuth,
): Command<void> {
  return {
    name: 'TPM2_DictionaryAttackParameters',
    code: commandCodes.DictionaryAttackParameters,
    handles: [hierarchies.lockout],
    auths: [lockoutAuth],
    createsObject: false,
    parameters: encodeBytes((writer) =>
      writer
        .writeUint32(limits.maxFailures)
        .writeUint32(limits.recoverySeconds)
        .writeUint32(limits.lockoutRecoverySeconds),
    ),
    decode: () => undefined,
  };
}
