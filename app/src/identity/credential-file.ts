/** Reads one file of the identity, bounded, with the words for what can be wrong with a file as such. */
import { IdentityError, type IdentityStep } from './identity-error.ts';
import { readRegularFile } from './regular-file.ts';
import { systemErrno } from './system-errno.ts';

export interface CredentialFile {
  bytes: Buffer;
  mode: number;
}

export async function readCredentialFile(
  step: IdentityStep,
  file: string,
): Promise<CredentialFile> {
  try {
    const content = await readRegularFile(file);
    if (!content.ok) throw unusable(content.problem);
    if (content.bytes.length === 0) throw unusable('is empty');
    return content;
  } catch (error) {
    if (error instanceof IdentityError) throw error;
    const { code, text } = systemErrno(error);
    throw new IdentityError(`${file}: cannot be read: ${text}; ${advice(step, code)}`, {
      step,
      file,
      errno: code,
      cause: error,
    });
  }

  function unusable(problem: string): IdentityError {
    return new IdentityError(`${file}: ${problem}; ${advice(step, 'EFORMAT')}`, { step, file });
  }
}

function advice(step: IdentityStep, errno: string): string {
  if (errno === 'EACCES' || errno === 'EPERM') return 'make it readable for the service user';
  if (step === 'ca')
    return "put the network's root certificate there, or correct remote.ca_cert_file";
  const setting = step === 'key' ? 'identity.key_file' : 'identity.cert_file';
  return `provision the device, or correct ${setting}`;
}
