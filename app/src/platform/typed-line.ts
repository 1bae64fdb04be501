/**
 * One line from a person at a terminal, seen or not seen, or the first line of a pipe. As bytes: what must not stay in
 * memory is erased by the caller, and every copy that is made here is erased here.
 */
import type { Readable } from 'node:stream';
import { EnvironmentError } from '../core/errors.ts';

/** Standard input, or another terminal or pipe. */
export type LineInput = Pick<Readable, 'on' | 'off' | 'pause' | 'resume'> & {
  readonly isTTY?: boolean;
  /** Of a terminal. */
  setRawMode?: (isRaw: boolean) => unknown;
};

export interface Prompt {
  readonly input: LineInput;
  /** Shows text to the person. */
  readonly show: (text: string) => void;
  /** Ends the wait as Ctrl-C does. */
  readonly signal?: AbortSignal | undefined;
}

export interface Question {
  /** Shown on a terminal only. */
  readonly text: string;
  /** Without an echo. */
  readonly isHidden: boolean;
  /** What to report if the person gives up. */
  readonly givenUp: string;
}

/** Far more than any line that a person types. A longer one comes with one byte more. */
export const longestLine = 4096;

const controlC = 0x03;
const controlD = 0x04;
const controlU = 0x15;
const backspaces = [0x08, 0x7f];
const lineEnds = [0x0a, 0x0d];

/** Without its end. Rejects with EnvironmentError (ECANCELED) after Ctrl-C, Ctrl-D, or an abort. */
export function typedLine(prompt: Prompt, { text, isHidden, givenUp }: Question): Promise<Buffer> {
  const { input, show, signal } = prompt;
  const isTerminal = input.isTTY === true;
  const isRaw = isTerminal && isHidden;
  if (isTerminal) show(text);
  if (isRaw) input.setRawMode?.(true);
  const line = new LineBuffer();
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      input.off('data', onData);
      input.off('end', onEnd);
      input.off('error', cancel);
      signal?.removeEventListener('abort', cancel);
      if (isRaw) input.setRawMode?.(false);
      input.pause();
    };
    const give = (): void => {
      finish();
      if (isRaw) show('\n');
      resolve(line.take());
    };
    const cancel = (): void => {
      finish();
      if (isTerminal) show('\n');
      line.erase();
      reject(new EnvironmentError(givenUp, { errno: 'ECANCELED', syscall: 'read' }));
    };
    const onEnd = (): void => (isTerminal ? cancel() : give());
    const onData = (chunk: Buffer): void => {
      const outcome = read(chunk);
      chunk.fill(0);
      if (outcome === 'whole') give();
      if (outcome === 'given up') cancel();
    };
    const read = (chunk: Buffer): 'whole' | 'given up' | 'part' => {
      for (const byte of chunk) {
        if (lineEnds.includes(byte)) return 'whole';
        if (isRaw && (byte === controlC || byte === controlD)) return 'given up';
        if (isRaw && byte === controlU) line.erase();
        else if (isRaw && backspaces.includes(byte)) line.removeCharacter();
        else line.add(byte);
        if (line.isFull) return 'whole';
      }
      return 'part';
    };
    if (signal?.aborted === true) return cancel();
    signal?.addEventListener('abort', cancel);
    input.on('data', onData);
    input.on('end', onEnd);
    input.on('error', cancel);
    input.resume();
  });
}

class LineBuffer {
  readonly #bytes = Buffer.alloc(longestLine + 1);
  #length = 0;

  get isFull(): boolean {
    return this.#length === this.#bytes.length;
  }

  add(byte: number): void {
    this.#bytes[this.#length++] = byte;
  }

  /** The last one of UTF-8, of one byte or several. */
  removeCharacter(): void {
    while (this.#length > 0) {
      const byte = this.#bytes[--this.#length]!;
      this.#bytes[this.#length] = 0;
      if ((byte & 0xc0) !== 0x80) return;
    }
  }

  erase(): void {
    this.#bytes.fill(0);
    this.#length = 0;
  }

  /** A copy of what there is; the rest is erased. */
  take(): Buffer {
    const line = Buffer.from(this.#bytes.subarray(0, this.#length));
    this.erase();
    return line;
  }
}
