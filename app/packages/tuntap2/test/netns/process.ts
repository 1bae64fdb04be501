/** Child processes of the tests. */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Finished {
  code: number | null;
  output: string;
}

export class Child {
  output = '';
  readonly finished: Promise<Finished>;
  readonly #process: ChildProcess;

  constructor(command: string, words: string[]) {
    this.#process = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    const collect = (chunk: Buffer): void => void (this.output += chunk.toString());
    this.#process.stdout?.on('data', collect);
    this.#process.stderr?.on('data', collect);
    this.finished = new Promise((resolve) => {
      this.#process.on('close', (code) => resolve({ code, output: this.output }));
    });
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }
}

/** The command line that runs a TypeScript file of this folder with this Node.js. */
export function script(name: string, ...words: string[]): string[] {
  const file = fileURLToPath(new URL(name, import.meta.url));
  return [process.execPath, '--import=tsx', '--conditions=source', file, ...words];
}
