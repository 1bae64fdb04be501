/**
 * The password of the account: from the terminal without an echo, from an open descriptor, or from a file that only its
 * owner can read. Not from the command line and not from the environment, which other programs can see. It stays bytes,
 * which the caller erases.
 */
import { isUtf8 } from 'node:buffer';
import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { isatty, ReadStream } from 'node:tty';
import { ConfigError, EnvironmentError } from '../../core/errors.ts';
import { readRegularFile, readToEnd } from '../../platform/regular-file.ts';
import { systemErrno } from '../../platform/system-errno.ts';
import { longestLine, typedLine, type LineInput, type Prompt } from '../../platform/typed-line.ts';

export type PasswordSource =
  | { readonly from: 'terminal' }
  | { readonly from: 'descriptor'; readonly descriptor: number }
  | { readonly from: 'file'; readonly file: string };

const question = { text: 'Enter API Password: ', isHidden: true, givenUp: 'no password was given' };
/** A password file may have lines for other purposes. */
const longestFile = 64 * 1024;

/** UTF-8, not empty. `prompt` has the standard input. Rejects with EnvironmentError or ConfigError. */
export async function readPassword(source: PasswordSource, prompt: Prompt): Promise<Buffer> {
  switch (source.from) {
    case 'terminal':
      return checked(await typedLine(prompt, question), 'the terminal');
    case 'descriptor':
      return checked(
        await fromDescriptor(source.descriptor, prompt),
        `descriptor ${source.descriptor}`,
      );
    case 'file':
      return checked(await fromFile(source.file), source.file);
  }
}

async function fromDescriptor(descriptor: number, prompt: Prompt): Promise<Buffer> {
  if (descriptor === 0) return typedLine(prompt, question);
  let input: LineInput & { destroy(): unknown };
  try {
    const status = fstatSync(descriptor);
    if (status.isFile()) return firstLine(readToEnd(descriptor, longestFile));
    // Both can be given up, which a read of the file system cannot.
    input = isatty(descriptor) ? new ReadStream(descriptor) : new Socket({ fd: descriptor });
  } catch (cause) {
    const { code, text } = systemErrno(cause);
    const problem = `--password-fd ${descriptor}: cannot be read: ${text}`;
    throw new EnvironmentError(problem, { errno: code, syscall: 'read', cause });
  }
  try {
    return await typedLine({ ...prompt, input }, question);
  } finally {
    input.destroy();
  }
}

async function fromFile(file: string): Promise<Buffer> {
  let content;
  try {
    content = await readRegularFile(file, longestFile);
  } catch (cause) {
    throw new ConfigError(`cannot be read: ${systemErrno(cause).text}`, { file, cause });
  }
  if (!content.ok) throw new ConfigError(content.problem, { file });
  if ((content.mode & 0o077) !== 0) {
    content.bytes.fill(0);
    const mode = (content.mode & 0o777).toString(8).padStart(4, '0');
    throw new ConfigError(`other users have access to this password (mode ${mode})`, {
      file,
      expected: `mode 0600; run: chmod 600 ${file}`,
    });
  }
  return firstLine(content.bytes);
}

/** Erases the rest. A content that is too long is given as a line that is too long. */
function firstLine(bytes: Buffer | undefined): Buffer {
  if (bytes === undefined) return Buffer.alloc(longestLine + 1);
  const end = bytes.findIndex((byte) => byte === 0x0a || byte === 0x0d);
  const line = Buffer.from(bytes.subarray(0, end === -1 ? bytes.length : end));
  bytes.fill(0);
  return line;
}

function checked(password: Buffer, file: string): Buffer {
  const problem =
    password.length === 0
      ? 'the password is empty'
      : password.length > longestLine
        ? 'far too long for a password'
        : isUtf8(password)
          ? undefined
          : 'the password is not UTF-8 text';
  if (problem === undefined) return password;
  password.fill(0);
  throw new ConfigError(problem, { file });
}
