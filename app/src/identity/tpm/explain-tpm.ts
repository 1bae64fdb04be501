/**
 * What the failure of a TPM means for the operator, and what to do next. A TPM that is missing, busy, locked out or
 * full is a matter of this machine, and a new identity would not help: EnvironmentError. A key that this TPM does not
 * take is a fault of its file: IdentityError.
 */
import { closeSync, constants, openSync } from 'node:fs';
import type { Tpm } from 'tss2-node';
import {
  TpmConnectionError,
  TpmError,
  TpmResponseError,
  TpmTimeoutError,
  type DictionaryAttackState,
} from 'tss2-node';
import { EnvironmentError } from '../../core/errors.ts';
import { systemErrno } from '../../platform/system-errno.ts';
import { IdentityError } from '../identity-error.ts';
import type { TpmSettings } from './tpm-settings.ts';

/** What was being done when the TPM refused. */
export type TpmStep = 'open' | 'parent' | 'load' | 'sign' | 'create';

export interface TpmTask {
  readonly settings: TpmSettings;
  readonly step: TpmStep;
  /** The key file. */
  readonly file: string;
  /** Of the key in it, or of one to be made. */
  readonly parent: number;
  readonly now: Date;
}

/** `error` is one of tss2-node; any other is returned as it is. */
export async function explainTpm(error: unknown, task: TpmTask, tpm?: Tpm): Promise<unknown> {
  if (!(error instanceof TpmError)) return error;
  const { file, settings } = task;
  if (error instanceof TpmConnectionError) return unreachable(error, settings);
  if (error instanceof TpmTimeoutError) {
    return ofMachine(
      'ETIMEDOUT',
      `the TPM at ${settings.tcti} does not answer; restart the machine if this persists`,
      error,
    );
  }
  if (!(error instanceof TpmResponseError)) {
    return ofMachine('ETPM', `the TPM at ${settings.tcti} cannot be used: ${error.message}`, error);
  }
  const name = error.responseCode.name ?? '';
  if (name === 'TPM_RC_LOCKOUT') {
    const state = await tpm?.dictionaryAttackState().catch(() => undefined);
    return lockedOut(state, task.now, error);
  }
  if (/_MEMORY$|_HANDLES$/.test(name)) {
    const problem = `the TPM at ${settings.tcti} has no room for another object (${name})`;
    return ofMachine(
      'ENOSPC',
      `${problem}; use /dev/tpmrm0, or flush what other programs left: tpm2_flushcontext -t`,
      error,
    );
  }
  const ofKey = (problem: string): IdentityError =>
    new IdentityError(`${file}: ${problem}`, { step: 'key', file, errno: name, cause: error });
  const parent = hex(task.parent);
  if (/_AUTH_FAIL$|_BAD_AUTH$/.test(name)) return ofKey(wrongAuthorization(task));
  if (name === 'TPM_RC_HANDLE' && task.step === 'parent') {
    return ofKey(
      `the TPM has no parent ${parent} for this key; restore that object, or make a new key with enftun keygen --tpm`,
    );
  }
  if (task.step === 'load' && ofForeignKey.test(name)) {
    return ofKey(
      `belongs to another TPM, or is damaged (${name}); make a new key on this machine with enftun keygen --tpm`,
    );
  }
  return ofMachine(
    'ETPM',
    `the TPM at ${settings.tcti} refuses to ${verbs[task.step]}: ${error.message}`,
    error,
  );
}

/**
 * What a TPM answers to the blob of another TPM, or to a damaged one (TPM 2.0 part 3, 12.2). Every other code is a
 * matter of the TPM at this moment, and no reason to replace the identity.
 */
const ofForeignKey =
  /^TPM_RC_(?:ASYMMETRIC|ATTRIBUTES|BINDING|CURVE|ECC_POINT|HASH|INSUFFICIENT|INTEGRITY|KDF|KEY|KEY_SIZE|RANGE|SCHEME|SELECTOR|SENSITIVE|SIZE|SYMMETRIC|TYPE|VALUE)$/;

const verbs: Readonly<Record<TpmStep, string>> = {
  open: 'answer',
  parent: 'give the parent of the key',
  load: 'load the key',
  sign: 'sign',
  create: 'make a key',
};

function wrongAuthorization({ step, parent }: TpmTask): string {
  if (step === 'sign') {
    return 'the TPM refuses the password of this key; correct identity.tpm.password (each failure counts towards the lockout)';
  }
  const isHierarchy = parent >>> 24 === 0x40;
  if (step === 'create' && isHierarchy) {
    return `the TPM refuses identity.tpm.password for the hierarchy ${hex(parent)}; correct it`;
  }
  return isHierarchy
    ? `its parent is the hierarchy ${hex(parent)}, which has a password that OpenSSL cannot give; make a new key below a persistent parent with enftun keygen --tpm`
    : `the parent ${hex(parent)} in the TPM has a password, which cannot be given; name another one in identity.tpm.parent`;
}

/** The TPM counts wrong passwords and refuses all after too many. */
export function lockedOut(
  state: DictionaryAttackState | undefined,
  now: Date,
  cause: unknown,
): EnvironmentError {
  const wait = state?.secondsUntilNextTry ?? 0;
  const until =
    wait > 0 && Number.isFinite(wait)
      ? ` until ${new Date(now.getTime() + wait * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC at the latest`
      : '';
  const problem = `the TPM is locked out after too many wrong passwords or losses of power${until}`;
  return ofMachine('EAGAIN', `${problem}; wait, or end it with tpm2_dictionarylockout -c`, cause);
}

function unreachable(error: TpmConnectionError, { tcti, device }: TpmSettings): EnvironmentError {
  if (device === undefined) {
    return ofMachine(
      'ECONNREFUSED',
      `no TPM simulator answers at ${tcti}; start it, or correct identity.tpm.socket_port`,
      error,
    );
  }
  try {
    closeSync(openSync(device, constants.O_RDWR | constants.O_NONBLOCK));
  } catch (cause) {
    const { code, text } = systemErrno(cause);
    const advice = deviceAdvice[code] ?? 'check identity.tpm.device';
    return ofMachine(code, `the TPM ${device} cannot be used: ${text}; ${advice}`, cause);
  }
  return ofMachine('EIO', `the TPM ${device} does not answer: ${error.message}`, error);
}

const deviceAdvice: Readonly<Record<string, string>> = {
  ENOENT: 'is there a TPM in this machine? identity.tpm.device names its device',
  ENODEV: 'is there a TPM in this machine? identity.tpm.device names its device',
  EBUSY: 'another program uses it; set identity.tpm.device to /dev/tpmrm0, which programs share',
  EACCES: 'add the service user to the group of the device, which is usually tss',
  EPERM: 'add the service user to the group of the device, which is usually tss',
};

function ofMachine(errno: string, message: string, cause: unknown): EnvironmentError {
  return new EnvironmentError(message, { errno, syscall: 'TPM', cause });
}

function hex(handle: number): string {
  return `0x${handle.toString(16).padStart(8, '0')}`;
}
