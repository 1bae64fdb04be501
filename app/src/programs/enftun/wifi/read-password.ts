/** A password from a person at a terminal, who sees nothing of it; from a pipe; or from a file. Never from `argv`. */
import type { ReadStream } from 'node:tty';
import { ConfigError, EnvironmentError } from '../../../core/errors.ts';
import { readRegularFile } from '../../../platform/regular-file.ts';
import { systemErrno } from '../../../platform/system-errno.ts';

/** Standard input. */
export type PasswordInput = Pick<
  ReadStream,
  'isTTY' | 'setRawMode' | 'on' | 'off' | 'pause' | 'resume'
>;

export interface PasswordPrompt {
  readonly input: PasswordInput;
  /** Shows text to the person. */
  readonly show: (text: string) => void;
}

/** Far more than any password. */
const maxBytes = 4096;
const controlC = 0x03;
const controlD = 0x04;
const controlU = 0x15;
const backspaces = [0x08, 0x7f];
const lineEnds = [0x0a, 0x0d];

export async function passwordFromFile(file: string): Promise<string> {
  let content;
  try {
    content = await readRegularFile(file);
  } catch (error) {
    const { text } = systemErrno(error);
    throw new ConfigError(`cannot be read: ${text}`, { file, cause: error });
  }
  if (!content.ok) throw new ConfigError(content.problem, { file });
  return textOf([...content.bytes], file);
}

/** Asks on a terminal; otherwise takes the first line that comes. */
export async function passwordFrom(prompt: PasswordPrompt, question: string): Promise<string> {
  return textOf(await lineFrom(prompt, question), 'standard input');
}

function lineFrom({ input, show }: PasswordPrompt, question: string): Promise<number[]> {
  const isTerminal = input.isTTY === true;
  if (isTerminal) {
    show(question);
    input.setRawMode(true);
  }
  const bytes: number[] = [];
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      input.off('data', onData);
      input.off('end', give);
      input.off('error', cancel);
      if (isTerminal) {
        input.setRawMode(false);
        show('\n');
      }
      input.pause();
    };
    const give = (): void => {
      finish();
      resolve(bytes);
    };
    const cancel = (): void => {
      finish();
      const problem = 'no password was given; nothing was changed';
      reject(new EnvironmentError(problem, { errno: 'ECANCELED', syscall: 'read' }));
    };
    const onData = (chunk: Buffer): void => {
      for (const byte of chunk) {
        if (lineEnds.includes(byte)) return give();
        if (isTerminal && (byte === controlC || byte === controlD)) return cancel();
        if (isTerminal && byte === controlU) bytes.length = 0;
        else if (isTerminal && backspaces.includes(byte)) removeCharacter(bytes);
        else bytes.push(byte);
        if (bytes.length > maxBytes) return give();
      }
    };
    input.on('data', onData);
    input.on('end', give);
    input.on('error', cancel);
    input.resume();
  });
}

/** The last one of UTF-8, of one byte or several. */
function removeCharacter(bytes: number[]): void {
  let last = bytes.pop();
  while (last !== undefined && (last & 0xc0) === 0x80) last = bytes.pop();
}

/** The first line. */
function textOf(bytes: readonly number[], file: string): string {
  const end = bytes.findIndex((byte) => lineEnds.includes(byte));
  const line = Uint8Array.from(end === -1 ? bytes : bytes.slice(0, end));
  if (line.length > maxBytes) throw new ConfigError('far too long for a password', { file });
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line);
  } catch (cause) {
    throw new ConfigError('the password is not UTF-8 text', { file, cause });
  }
}
