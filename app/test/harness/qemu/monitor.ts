/** QEMU's machine protocol (QMP) on a Unix socket: one command at a time, events ignored. */
import net from 'node:net';
import { createInterface } from 'node:readline';
import { CommandFailed } from '../process.ts';

interface Reply {
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
  readonly event?: string;
  readonly QMP?: unknown;
}

export class Monitor {
  readonly #socket: net.Socket;
  readonly #waiting: ((reply: Reply | undefined) => void)[] = [];

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    createInterface({ input: socket }).on('line', (line) => {
      const reply = JSON.parse(line) as Reply;
      if (reply.event === undefined && reply.QMP === undefined) this.#waiting.shift()?.(reply);
    });
    socket.on('error', () => undefined); // "close" follows
    socket.on('close', () => {
      for (const end of this.#waiting.splice(0)) end(undefined);
    });
  }

  static async open(path: string): Promise<Monitor> {
    const socket = net.connect(path);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', (cause) =>
        reject(new CommandFailed(`no QEMU monitor at ${path}`, { cause })),
      );
    });
    const monitor = new Monitor(socket);
    await monitor.execute('qmp_capabilities');
    return monitor;
  }

  async execute(command: string, values: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const reply = await new Promise<Reply | undefined>((resolve) => {
      this.#waiting.push(resolve);
      this.#socket.write(`${JSON.stringify({ execute: command, arguments: values })}\n`);
    });
    if (reply === undefined) throw new CommandFailed(`QEMU ended during ${command}`);
    if (reply.error !== undefined) throw new CommandFailed(`QEMU ${command}: ${reply.error.desc}`);
    return reply.return;
  }

  /** A command of the human monitor; the ones used here say nothing unless they fail. */
  async human(line: string): Promise<void> {
    const said = String(await this.execute('human-monitor-command', { 'command-line': line }));
    if (said.trim() !== '') throw new CommandFailed(`QEMU ${line}: ${said.trim()}`);
  }

  close(): void {
    this.#socket.destroy();
  }
}
