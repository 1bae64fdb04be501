/** Reads one file of the identity, bounded, with the words for what can be wrong with a file as such. */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { IdentityError, type IdentityStep } from './identity-error.ts';
import { systemErrno } from './system-errno.ts';

/** Far above any bundle of roots; a device or a log named by mistake must not fill the memory. */
const maxBytes = 1024 * 1024;

export interface CredentialFile {
  bytes: Buffer;
  mode: number;
}

export async function readCredentialFile(
  step: IdentityStep,
  file: string,
): Promise<CredentialFile> {
  let handle: FileHandle | undefined;
  try {
    // Without O_NONBLOCK a pipe named by mistake would hang here until somebody writes.
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const status = await handle.stat();
    if (!status.isFile()) throw unusable('is not a regular file');
    if (status.size > maxBytes) throw unusable(`is larger than ${maxBytes} bytes`);
    const bytes = await handle.readFile();
    if (bytes.length === 0) throw unusable('is empty');
    return { bytes, mode: status.mode };
  } catch (error) {
    if (error instanceof IdentityError) throw error;
    const { code, text } = systemErrno(error);
    throw new IdentityError(`${file}: cannot be read: ${text}; ${advice(step, code)}`, {
      step,
      file,
      errno: code,
      cause: error,
    });
  } finally {
    await handle?.close();
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
