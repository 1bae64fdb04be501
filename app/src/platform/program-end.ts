/**
 * The one way in which every program ends: what it has printed goes out first, then the process ends with its status
 * and waits for nothing else, such as a name lookup that has no answer.
 *
 * Writing to a pipe or a socket is asynchronous beyond the 64 KiB that the kernel takes at once. A reader may be slow,
 * may never read, or may go away; none of that may hold a program without end, or end one that has other things to do.
 */
import { fstatSync, writeSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { milliseconds, seconds, type Duration } from '../core/time.ts';
import { systemErrno } from './system-errno.ts';
import { exitStatus } from './exit-status.ts';

export interface ProgramStreams {
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/** The output of a program. If its reader has closed it, text is lost and nothing else. */
export interface ProgramOutput {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/**
 * `command`: printing is what it was called for; a person may be reading page by page. `service`: its output is a log,
 * and it may have to start again. `stopped`: the caller that stopped it waits for it.
 */
type Kind = 'command' | 'service' | 'stopped';

/** How a program ends. */
export interface ProgramEnd {
  readonly status: number;
  /** Default `command`. */
  readonly kind?: Kind;
  /** Ends the process; default `process.exit`, which waits for the threads of libuv's pool. */
  readonly end?: ((status: number) => void) | undefined;
}

const longestGoodbye = seconds(2);

/** How long the last of the output may take. */
const patience: Readonly<Record<Kind, Duration>> = {
  command: seconds(3600),
  service: seconds(5),
  stopped: milliseconds(300),
};

/** Runs a program to its end. What it throws is a bug: Node.js prints it, with status 1. */
export function runProgram(
  name: string,
  run: (output: ProgramOutput) => Promise<ProgramEnd>,
  streams: ProgramStreams = process,
): void {
  const printed = new PrintedOutput(streams);
  // With nothing left to wait for, Node.js ends as if all were well, whatever the program still waits for.
  const onExit = (): void => {
    printed.output.stderr(`${name}: ended before its work was done; please report this\n`);
    process.exitCode = exitStatus.runtime;
  };
  process.once('beforeExit', onExit);
  void run(printed.output)
    .finally(() => process.off('beforeExit', onExit))
    .then(async (end) => endAfter(name, printed, end));
}

/**
 * For a program with goodbyes on their way: it ends when it has nothing to do any longer, or a moment later at the
 * latest.
 */
export function endWhenIdle(status: number): void {
  process.exitCode = status;
  setTimeout(() => process.exit(status), longestGoodbye).unref();
}

async function endAfter(
  name: string,
  printed: PrintedOutput,
  programEnd: ProgramEnd,
): Promise<void> {
  const { kind = 'command', end = (status: number) => process.exit(status) } = programEnd;
  const problem = await printed.taken(patience[kind]);
  let { status } = programEnd;
  if (kind === 'command' && problem !== undefined) {
    printed.output.stderr(`${name}: the output is incomplete: ${problem}\n`);
    if (status === exitStatus.success) status = exitStatus.runtime;
  }
  try {
    end(status);
  } catch {
    // The addon is missing; the code that needed it for its work has reported that already.
    process.exit(status);
  }
}

/** The standard streams of a process, and what became of the text that went into them. */
export class PrintedOutput {
  readonly output: ProgramOutput;
  readonly #streams: ProgramStreams;
  #failure: Error | undefined;

  constructor(streams: ProgramStreams) {
    this.#streams = streams;
    streams.stdout.on('error', (error) => (this.#failure ??= error));
    streams.stderr.on('error', () => undefined);
    this.output = {
      stdout: (text) => this.#print(text),
      stderr: (text) => void streams.stderr.write(text),
    };
  }

  #print(text: string): void {
    const { stdout } = this.#streams;
    if (!isFile(stdout)) return void stdout.write(text);
    try {
      writeWhole(stdout.fd, Buffer.from(text));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#failure ??= error;
    }
  }

  /** Waits until both have been read, or `patience` is over. Why stdout is incomplete, unless its reader chose so. */
  async taken(patience: Duration): Promise<string | undefined> {
    const { stdout, stderr } = this.#streams;
    const isDone = await within(patience, Promise.all([emptied(stdout), emptied(stderr)]));
    if (this.#failure !== undefined) {
      const { code, text } = systemErrno(this.#failure);
      // A reader that has seen enough, such as head(1).
      return code === 'EPIPE' ? undefined : text;
    }
    return isDone || stdout.writableLength === 0 ? undefined : 'it is not being read';
  }
}

function isFile(stream: Writable): stream is Writable & { readonly fd: number } {
  return 'fd' in stream && typeof stream.fd === 'number' && fstatSync(stream.fd).isFile();
}

/** Node's own stream for files takes a part for the whole when the disk becomes full. */
function writeWhole(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
}

/** Whether `work` ends within `time`. */
async function within(time: Duration, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), time)));
  const isDone = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return isDone;
}

/** Resolves when all that was written so far has gone out, or never will: the callback of a write reports both. */
function emptied(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableLength === 0) return resolve();
    stream.write('', () => resolve());
  });
}
