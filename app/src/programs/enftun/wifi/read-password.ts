/** A password from a person at a terminal, who sees nothing of it; from a pipe; or from a file. Never from `argv`. */
import { ConfigError } from '../../../core/errors.ts';
import { readRegularFile } from '../../../platform/regular-file.ts';
import { systemErrno } from '../../../platform/system-errno.ts';
import {
  longestLine,
  typedLine,
  type LineInput,
  type Prompt,
} from '../../../platform/typed-line.ts';

export type PasswordInput = LineInput;
export type PasswordPrompt = Pick<Prompt, 'input' | 'show'>;

export async function passwordFromFile(file: string): Promise<string> {
  let content;
  try {
    content = await readRegularFile(file);
  } catch (error) {
    const { text } = systemErrno(error);
    throw new ConfigError(`cannot be read: ${text}`, { file, cause: error });
  }
  if (!content.ok) throw new ConfigError(content.problem, { file });
  return textOf(content.bytes, file);
}

/** Asks on a terminal; otherwise takes the first line that comes. */
export async function passwordFrom(prompt: PasswordPrompt, question: string): Promise<string> {
  const givenUp = 'no password was given; nothing was changed';
  const line = await typedLine(prompt, { text: question, isHidden: true, givenUp });
  return textOf(line, 'standard input');
}

/** The first line. */
function textOf(bytes: Uint8Array, file: string): string {
  const end = bytes.findIndex((byte) => byte === 0x0a || byte === 0x0d);
  const line = end === -1 ? bytes : bytes.subarray(0, end);
  if (line.length > longestLine) throw new ConfigError('far too long for a password', { file });
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line);
  } catch (cause) {
    throw new ConfigError('the password is not UTF-8 text', { file, cause });
  }
}
