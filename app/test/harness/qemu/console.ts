/**
 * A shell on a serial line. Independent of the image behind it: any POSIX shell will do, as root, with or without a
 * login prompt before it. Each command runs between markers, so that its output and status are distinguished from what
 * else appears on a console. Everything received is kept, for the moment when something goes wrong.
 */
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandFailed, lastLines } from '../process.ts';
import { DeadlinePassed, patience, untilExactly } from '../until.ts';

export interface ConsoleOutput {
  readonly status: number;
  readonly output: string;
}

export interface ConsoleOptions {
  /** Taken as it is. Default 30, stretched by `patience`. */
  readonly deadlineSeconds?: number;
  /** Return the output of a failed command too, instead of throwing. */
  readonly mayFail?: boolean;
}

/** The terminal's line buffer in the kernel holds 4096 bytes. */
const longestLine = 4000;

const questionPauseMs = 500;

// Escape sequences of programs that take the console for a colour terminal.
const terminalColours = /\x1b\[[0-9;?]*[A-Za-z]/g;

export class SerialConsole {
  readonly #socket: net.Socket;
  #received = '';
  #count = 0;
  #isClosed = false;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => (this.#received += text));
    socket.on('close', () => (this.#isClosed = true));
    socket.on('error', () => undefined); // "close" follows
  }

  static async open(path: string): Promise<SerialConsole> {
    const socket = net.connect(path);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', (cause) =>
        reject(new CommandFailed(`no console at ${path}`, { cause })),
      );
    });
    return new SerialConsole(socket);
  }

  /** All that has appeared since the machine was started. */
  get text(): string {
    return this.#received;
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Waits for a text to appear after the position `from`. Returns the position behind it. */
  async expect(what: string, pattern: RegExp, from: number, deadlineSeconds: number) {
    const found = await this.#until(what, deadlineSeconds, () => {
      const match = pattern.exec(this.#received.slice(from));
      return match === null ? undefined : { match, end: from + match.index + match[0].length };
    });
    return found;
  }

  /** Gets a quiet shell: logs in as root where a login is asked for. */
  async openShell(deadlineSeconds: number): Promise<void> {
    let asked = -Infinity;
    let answered = this.#received.length;
    await this.#until('a shell on the console', deadlineSeconds, () => {
      const text = this.#received;
      if (/^shell-42\r?$/m.test(text.slice(answered))) return true;
      if (performance.now() - asked < 2000) return false;
      if (/login: $/.test(text)) this.#socket.write('root\n');
      // Not before the console is being read: input that reaches the UART before its driver can block it for good.
      else if (/[#$] (\x1b\[\S*)?$/.test(text)) this.#socket.write('echo shell-$((6*7))\n');
      else return false;
      asked = performance.now();
      return false;
    });
    // A shell without line editing and without echo, whose lines are not broken.
    answered = this.#received.length;
    this.#socket.write(
      'exec env PS1= PS2= TERM=dumb SYSTEMD_COLORS=0 SYSTEMD_PAGER= PAGER=cat HOME=/root ENV= sh\n',
    );
    this.#socket.write('stty -echo; dmesg -n 1; echo quiet-$((6*7))\n');
    await this.expect('a quiet shell', /^quiet-42\r?$/m, answered, deadlineSeconds);
  }

  /** Runs commands of a POSIX shell, one after the other when called more than once at a time. */
  run(command: string, options: ConsoleOptions = {}): Promise<ConsoleOutput> {
    const turn = this.#last.then(() => this.#run(command, options));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Output of a command that must succeed, without the last line end. */
  async read(command: string, options: ConsoleOptions = {}): Promise<string> {
    return (await this.run(command, options)).output.trimEnd();
  }

  /** Asks a command again and again until it succeeds and its output satisfies. */
  async untilRead<T>(
    what: string,
    command: string,
    deadlineSeconds: number,
    probe: (output: string) => T | undefined | false,
  ): Promise<T> {
    let last = '';
    try {
      return await untilExactly(what, deadlineSeconds, async () => {
        const { status, output } = await this.run(command, { mayFail: true });
        last = output;
        const result = status === 0 ? probe(output) : undefined;
        // One processor serves the question and what is waited for.
        if (result === undefined || result === false) await sleep(questionPauseMs);
        return result;
      });
    } catch (cause) {
      if (!(cause instanceof DeadlinePassed)) throw cause;
      throw new DeadlinePassed(`${cause.message}; last answer of "${command}":\n${last}`);
    }
  }

  /** Writes a text file, of mode 600 when it is new. The text may have no line "END". */
  async writeFile(file: string, text: string): Promise<void> {
    await this.run(`(umask 077 && cat >${file} <<'END'\n${text.trimEnd()}\nEND\n)`);
  }

  /** Starts a command whose end is not waited for, such as one that ends the machine. */
  send(command: string): void {
    this.#socket.write(`${command}\n`);
  }

  async #run(command: string, options: ConsoleOptions): Promise<ConsoleOutput> {
    const deadline = options.deadlineSeconds ?? 30 * patience;
    const marker = `mark-${(this.#count += 1)}`;
    const from = this.#received.length;
    const script = `{ ${command}\n} </dev/null 2>&1; status=$?; echo; echo ${marker}"-$status-"\n`;
    if (script.split('\n').some((line) => line.length > longestLine)) {
      throw new CommandFailed('a console line has at most 4000 characters');
    }
    this.#socket.write(script);
    const pattern = new RegExp(`^${marker}-(\\d+)-\\r?\\n`, 'm');
    const { match } = await this.expect(`the end of "${command}"`, pattern, from, deadline);
    const output = this.#received
      .slice(from, from + match.index)
      .replaceAll('\r', '')
      .replace(terminalColours, '')
      .replace(/\n\n?$/, '\n');
    const status = Number(match[1]);
    if (status !== 0 && options.mayFail !== true) {
      throw new CommandFailed(`${command}: status ${status}\n${lastLines(output, 20)}`);
    }
    return { status, output };
  }

  async #until<T>(what: string, seconds: number, probe: () => T | undefined | false): Promise<T> {
    try {
      return await untilExactly(what, seconds, () => {
        const result = probe();
        if (this.#isClosed && (result === undefined || result === false)) {
          throw new CommandFailed(`the machine ended before ${what}`);
        }
        return result;
      });
    } catch (cause) {
      if (!(cause instanceof DeadlinePassed) && !(cause instanceof CommandFailed)) throw cause;
      const tail = lastLines(this.#received, 15);
      throw new DeadlinePassed(`${cause.message}; the console's last lines:\n${tail}`, { cause });
    }
  }
}
