/**
 * A TPM simulator for tests: swtpm on two free ports of the loopback interface, with its state in a folder of its own.
 * Needs Debian's package swtpm.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const startWaitMs = 20_000;
const portAttempts = 20;

export class Swtpm {
  readonly port: number;
  readonly #folder: string;
  #process: ChildProcess | undefined;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.port = port;
  }

  static async start(): Promise<Swtpm> {
    const folder = await mkdtemp(path.join(tmpdir(), 'swtpm-'));
    const swtpm = new Swtpm(folder, await findPortPair());
    try {
      await swtpm.start();
    } catch (error) {
      await swtpm.stop();
      throw error;
    }
    return swtpm;
  }

  /** For `Tpm.open`. */
  get configuration(): string {
    return `swtpm:host=127.0.0.1,port=${this.port}`;
  }

  /** Starts it, or starts it again after `kill`, on the same ports with what its memory kept. */
  async start(): Promise<void> {
    const at = (port: number) => `type=tcp,port=${port},bindaddr=127.0.0.1`;
    const child = spawn(
      'swtpm',
      [
        ...['socket', '--tpm2', '--tpmstate', `dir=${this.#folder}`],
        ...['--server', at(this.port), '--ctrl', at(this.port + 1)],
        ...['--flags', 'not-need-init,startup-clear'],
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    this.#process = child;
    let words = '';
    child.stderr.on('data', (data: Buffer) => (words = (words + data.toString()).slice(-2000)));
    const failed = new Promise<never>((_, reject) => {
      child.once('error', (cause) =>
        reject(new SwtpmError('cannot start swtpm; install the package swtpm', { cause })),
      );
      child.once('exit', () => reject(new SwtpmError(`swtpm ended at once: ${words}`)));
    });
    failed.catch(() => undefined);
    await Promise.race([failed, this.#untilItListens()]);
  }

  /** `SIGSTOP` makes a TPM that does not answer, `SIGCONT` ends that. */
  signal(name: NodeJS.Signals): void {
    this.#process?.kill(name);
  }

  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #untilItListens(): Promise<void> {
    const deadline = performance.now() + startWaitMs;
    while (performance.now() < deadline) {
      if (await accepts(this.port)) return;
      await sleep(10);
    }
    throw new SwtpmError(`swtpm does not listen on port ${this.port} after ${startWaitMs} ms`);
  }
}

export class SwtpmError extends Error {
  override readonly name = 'SwtpmError';
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** The TCTI expects the control channel one port above the other. */
async function findPortPair(): Promise<number> {
  for (let attempt = 0; attempt < portAttempts; attempt++) {
    const first = await listen(0);
    const { port } = first!.address() as { port: number };
    const second = port < 65535 ? await listen(port + 1) : undefined;
    await Promise.all([close(first), close(second)]);
    if (second !== undefined) return port;
  }
  throw new SwtpmError('no two neighbouring ports are free');
}

function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

async function close(server: Server | undefined): Promise<void> {
  if (server === undefined) return;
  const closed = once(server, 'close');
  server.close();
  await closed;
}
