/**
 * Why the provider does not sign with a key. It names few reasons, several of which look alike, so the TPM itself is
 * asked: does it answer, is it locked out, has it the parent, does it load the key, does it sign?
 */
import { createHash } from 'node:crypto';
import type { TlsKeyError } from 'tls-stream';
import { EnvironmentError } from '../../core/errors.ts';
import { IdentityError } from '../identity-error.ts';
import { lockedOut } from './explain-tpm.ts';
import type { TpmKeyFile } from './tpm-key-file.ts';
import { TpmSession } from './tpm-session.ts';
import type { TpmSettings } from './tpm-settings.ts';

/** The error for the operator. */
export async function explainKeyFailure(
  failure: TlsKeyError,
  file: string,
  key: TpmKeyFile,
  settings: TpmSettings,
): Promise<Error> {
  try {
    await using session = await TpmSession.open(file, settings, new Date());
    if (failure.stage !== 'provider') await askTpm(session, failure, file, key);
  } catch (error) {
    if (error instanceof EnvironmentError) return error;
    throw error;
  }
  return ofProvider(failure);
}

/** Rejects with what the TPM says. */
async function askTpm(
  session: TpmSession,
  failure: TlsKeyError,
  file: string,
  { content }: TpmKeyFile,
): Promise<void> {
  await session.withKey(content, async (loaded) => {
    // Another try with the same password would count as another failure.
    if (!content.emptyAuth) throw await refusedPassword(session, file, failure);
    const digest = createHash('sha256').update(file).digest();
    await session.attempt('sign', content.parent, () => session.tpm.sign(loaded.handle, digest));
  });
}

async function refusedPassword(
  session: TpmSession,
  file: string,
  cause: unknown,
): Promise<EnvironmentError> {
  const state = await session.attempt('open', 0, () => session.tpm.dictionaryAttackState());
  if (state.isLockedOut) return lockedOut(state, new Date(), cause);
  const problem = 'the TPM refuses the password of this key, or none is set';
  const advice = 'correct identity.tpm.password (each failure counts towards the lockout)';
  const errno = 'TPM_RC_AUTH_FAIL';
  return new IdentityError(`${file}: ${problem}; ${advice}`, { step: 'key', file, errno, cause });
}

/** The TPM can do it, and the provider does not. */
function ofProvider(failure: TlsKeyError): EnvironmentError {
  const isMissing = failure.code.endsWith('COULD_NOT_LOAD_THE_SHARED_LIBRARY');
  const message = isMissing
    ? "OpenSSL does not find the provider tpm2 for keys in a TPM; install tpm2-openssl, whose tpm2.so belongs into OpenSSL's folder ossl-modules"
    : `${failure.message}; use tpm2-openssl 1.3 or later`;
  return new EnvironmentError(message, { errno: failure.code, syscall: 'TPM', cause: failure });
}
