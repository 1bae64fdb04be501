/**
 * Commands and programs of the lab: a command runs to its end, a program runs until it is stopped.
 * Each program leads a session of its own, so that it can be ended, and its use counted, with all its children.
 */
import { spawn } from 'node:child_process';
import { fstatSync, openSync, readSync } from 'node:fs';
import { EnfError } from '../../src/core/errors.ts';
import { patience, until, type Probe } from './until.ts';

/** A command or program did not do what was asked of it; the message carries the end of its output. */
export class CommandFailed extends EnfError {
  readonly code = 'COMMAND';
}

export interface Output {
  /** Exit status; undefined when a signal or the deadline ended the command. */
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string;
  /** Default 30; stretched as all deadlines are. */
  readonly deadlineSeconds?: number;
  /** Return the output of a failed command too, instead of throwing. */
  readonly mayFail?: boolean;
}

export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Output> {
  const [file, ...rest] = argv;
  if (file === undefined) throw new CommandFailed('no command given');
  const deadlineMs = (options.deadlineSeconds ?? 30) * 1000 * patience;
  const child = spawn(file, rest, { stdio: 'pipe', timeout: deadlineMs, killSignal: 'SIGKILL' });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => undefined); // a command may end without reading its input
  child.stdin.end(options.input ?? '');
  const status = await new Promise<number | undefined>((resolve, reject) => {
    child.on('error', (cause) => reject(new CommandFailed(`cannot run ${file}`, { cause })));
    child.on('close', (code) => resolve(code ?? undefined));
  });
  if (status !== 0 && options.mayFail !== true) {
    const how = status === undefined ? `was ended by a signal or its deadline` : `status ${status}`;
    throw new CommandFailed(`${argv.join(' ')}: ${how}\n${lastLines(stderr + stdout, 20)}`);
  }
  return { status, stdout, stderr };
}

export interface ProgramOptions {
  /** File for standard output and error; programs of one name append to it. */
  readonly log: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export class Program {
  readonly name: string;
  readonly pid: number;
  /** Settles when the program has ended: its status, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  #result: number | NodeJS.Signals | undefined;
  /** Kept open for reading: the folder of the logs may be cleared meanwhile. */
  readonly #log: number;
  readonly #logStart: number;

  private constructor(name: string, argv: readonly string[], options: ProgramOptions) {
    const [file, ...rest] = argv;
    if (file === undefined) throw new CommandFailed(`${name}: no command given`);
    this.name = name;
    const log = openSync(options.log, 'a+', 0o644);
    this.#log = log;
    this.#logStart = fstatSync(log).size;
    const child = spawn(file, rest, {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, ...options.environment },
    });
    this.ended = new Promise((resolve) => {
      const end = (result: number | NodeJS.Signals) => {
        this.#result = result;
        resolve(result);
      };
      child.on('error', () => end(127));
      child.on('exit', (code, signal) => end(code ?? signal ?? 127));
    });
    this.pid = child.pid ?? 0;
    if (this.pid === 0) throw new CommandFailed(`${name}: cannot start ${file}`);
  }

  static start(name: string, argv: readonly string[], options: ProgramOptions): Program {
    return new Program(name, argv, options);
  }

  get isRunning(): boolean {
    return this.#result === undefined;
  }

  /** What the program has written since its start. */
  log(): string {
    const length = Math.max(fstatSync(this.#log).size - this.#logStart, 0);
    const text = Buffer.alloc(length);
    return text.toString('utf8', 0, readSync(this.#log, text, 0, length, this.#logStart));
  }

  /** Waits for a condition that this program must bring about; fails at once when the program ends before. */
  async until<T>(what: string, deadlineSeconds: number, probe: Probe<T>): Promise<T> {
    return until(what, deadlineSeconds, async () => {
      if (this.isRunning) return probe();
      throw new CommandFailed(
        `${this.name} ended (${this.#result}) before ${what}\n${lastLines(this.log(), 20)}`,
      );
    });
  }

  /** Sends the signal to the whole session and waits for the program's end; returns the milliseconds it took. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', deadlineSeconds = 10): Promise<number> {
    const start = performance.now();
    this.#signal(signal);
    await until(`${this.name} to end after ${signal}`, deadlineSeconds, () => !this.isRunning);
    return performance.now() - start;
  }

  /** Ends it whatever it does. For clearing up: no error when it is gone already. */
  async kill(): Promise<void> {
    this.#signal('SIGKILL');
    if (this.isRunning) await this.ended;
  }

  #signal(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
