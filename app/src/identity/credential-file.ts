/** Reads one file of the identity, bounded, with the words for what can be wrong with a file as such. */
import { EnvironmentError } from '../core/errors.ts';
import { readFailure } from '../platform/file-errno.ts';
import { IdentityError, type IdentityStep } from './identity-error.ts';
import { readRegularFile, type RegularFile } from '../platform/regular-file.ts';

export interface CredentialFile {
  readonly bytes: Buffer;
  readonly mode: number;
}

/**
 * Throws IdentityError for a file that is not there or is not a credential. A machine that cannot read right now is an
 * EnvironmentError and no more: the identity may be as it should be, and a new one would not help.
 */
export async function readCredentialFile(
  step: IdentityStep,
  file: string,
): Promise<CredentialFile> {
  const belongs = whatBelongs(step);
  const content = await read(step, file, belongs);
  if (!content.ok) throw unusable(content.problem);
  if (content.bytes.length === 0) throw unusable('is empty');
  if (isUtf16(content.bytes)) throw unusable('is text in UTF-16, not in ASCII or UTF-8');
  return { bytes: withoutMark(content.bytes), mode: content.mode };

  function unusable(problem: string): IdentityError {
    return new IdentityError(`${file}: ${problem}; ${belongs}`, { step, file });
  }
}

async function read(step: IdentityStep, file: string, belongs: string): Promise<RegularFile> {
  try {
    return await readRegularFile(file);
  } catch (cause) {
    const { code, problem, advice, isOfMachine } = readFailure(cause, belongs);
    const message = `${file}: ${problem}; ${advice}`;
    if (!isOfMachine) throw new IdentityError(message, { step, file, errno: code, cause });
    throw new EnvironmentError(message, { errno: code, syscall: `identity ${step}`, cause });
  }
}

function whatBelongs(step: IdentityStep): string {
  if (step === 'ca')
    return "put the network's root certificate there, or correct remote.ca_cert_file";
  const setting = step === 'key' ? 'identity.key_file' : 'identity.cert_file';
  return `provision the device, or correct ${setting}`;
}

/** Byte order marks, with which editors of other systems begin a file. */
const utf8Mark = Buffer.from('efbbbf', 'hex');
const utf16Marks = [Buffer.from('fffe', 'hex'), Buffer.from('feff', 'hex')];

function withoutMark(bytes: Buffer): Buffer {
  const mark = bytes.subarray(0, utf8Mark.length);
  return mark.equals(utf8Mark) ? bytes.subarray(utf8Mark.length) : bytes;
}

function isUtf16(bytes: Buffer): boolean {
  return utf16Marks.some((mark) => bytes.subarray(0, mark.length).equals(mark));
}
