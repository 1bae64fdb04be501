/** The credentials of a group in the NV memory of a TPM, with the member's key. */
import { Tpm, TpmCancelledError, TpmError, TpmResponseError, type TctiTransport } from 'tss2-node';
import { ProvisioningError } from '../provisioning-error.ts';
import { groupObjects, type GroupObject, type GroupSource } from './group-credentials.ts';
import { TpmMember } from './tpm-member.ts';

/** Of the member's key: where factories put it. */
export const memberHandle = 0x81800000;
/** Of one command. */
const commandTimeoutMs = 20_000;

/** An open TPM, as the source of a group's credentials. */
export class TpmGroup implements GroupSource, AsyncDisposable {
  readonly member: TpmMember;
  readonly #tpm: Tpm<TctiTransport>;
  readonly #signal: AbortSignal;

  /** `configuration`: see tcti(7). Throws a ProvisioningError where there is no library for TPMs. */
  constructor(configuration: string, signal: AbortSignal) {
    this.#signal = signal;
    try {
      this.#tpm = Tpm.open(configuration);
    } catch (cause) {
      if (!(cause instanceof TpmError)) throw cause;
      throw new ProvisioningError('tpm', `the TPM cannot be used: ${cause.message}`, cause);
    }
    const options = { handle: memberHandle, timeoutMs: commandTimeoutMs, signal };
    this.member = new TpmMember(this.#tpm, options);
  }

  placeOf(object: GroupObject): string {
    return `TPM, NV index 0x${groupObjects[object].index.toString(16).padStart(8, '0')}`;
  }

  async read(object: GroupObject): Promise<Uint8Array | undefined> {
    const options = { timeoutMs: commandTimeoutMs, signal: this.#signal };
    try {
      return await this.#tpm.nvRead(groupObjects[object].index, options);
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw await this.explain(error);
    }
  }

  /** What a failure of the TPM means for the operator; anything else is returned as it is. */
  async explain(error: unknown): Promise<unknown> {
    if (!(error instanceof TpmError)) return error;
    // Its cause is the reason of our own signal.
    if (error instanceof TpmCancelledError) return error.cause;
    if (!isLockout(error)) {
      return new ProvisioningError('tpm', `the TPM cannot be used: ${error.message}`, error);
    }
    const state = await this.#tpm.dictionaryAttackState({ timeoutMs: commandTimeoutMs }).then(
      ({ text }) => text,
      () => 'locked out',
    );
    const problem = `the TPM refuses to use keys: ${state}`;
    const advice = 'wait, or reset the lockout with tpm2_dictionarylockout -c';
    return new ProvisioningError('tpm-locked', `${problem}; ${advice}`, error);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#tpm.close();
  }
}

/** Never defined, or never written. */
function isAbsent(error: unknown): boolean {
  if (!(error instanceof TpmResponseError)) return false;
  const { name } = error.responseCode;
  return name === 'TPM_RC_HANDLE' || name === 'TPM_RC_NV_UNINITIALIZED';
}

function isLockout(error: TpmError): boolean {
  return error instanceof TpmResponseError && error.responseCode.name === 'TPM_RC_LOCKOUT';
}
