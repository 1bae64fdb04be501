/** A program at a terminal of its own, made by script(1): what it shows, and a person who types. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { until } from './until.ts';

/** Ctrl-C. */
export const interrupt = '\x03';

export class Terminal {
  readonly #child: ChildProcessWithoutNullStreams;
  #shown = '';
  #status: number | undefined;

  private constructor(command: string, inside: readonly string[]) {
    const [file = 'script', ...rest] = [
      ...inside,
      ...['script', '--quiet', '--return', '--flush', '--command', command, '/dev/null'],
    ];
    this.#child = spawn(file, rest, { stdio: 'pipe' });
    this.#child.stdin.on('error', () => undefined); // it may have ended
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.#shown += text));
    }
    this.#child.on('error', () => (this.#status = 127));
    this.#child.on('close', (code) => (this.#status = code ?? 128));
  }

  /** `command` is for a shell; `inside` is put in front of it all, to enter a namespace. */
  static start(command: string, inside: readonly string[] = []): Terminal {
    return new Terminal(command, inside);
  }

  /** Everything so far, what was typed and echoed included. */
  get shown(): string {
    return this.#shown;
  }

  /** The exit status; undefined while the program runs. */
  get status(): number | undefined {
    return this.#status;
  }

  async untilShown(text: string, deadlineSeconds = 20): Promise<void> {
    await until(`"${text}" at the terminal, which shows ${this.#shown}`, deadlineSeconds, () =>
      this.#shown.includes(text),
    );
  }

  type(text: string): void {
    this.#child.stdin.write(text);
  }

  async ended(deadlineSeconds = 20): Promise<number> {
    return until('the end of the program at the terminal', deadlineSeconds, () =>
      this.#status === undefined ? undefined : { status: this.#status },
    ).then(({ status }) => status);
  }

  /** For clearing up. */
  kill(): void {
    if (this.#status === undefined) this.#child.kill('SIGKILL');
  }
}
