/** Serves one card in another process of this program, which is stopped together with this one. */
import { spawn } from 'node:child_process';
import type { FoundDevice } from 'psock-host';
import type { Report } from './report.ts';

export interface ProcessContext {
  readonly argv: readonly string[];
  /** How this very program is started: interpreter and file. */
  readonly self: readonly [string, ...string[]];
  readonly signal: AbortSignal;
}

/** The exit status: 1 also when the process cannot be started, which is reported and tried again later. */
export function serveElsewhere(
  card: FoundDevice,
  report: Report,
  { argv, self, signal }: ProcessContext,
): Promise<number> {
  const [program, ...words] = self;
  const device = `${card.bus}:${card.address}`;
  const child = spawn(program, [...words, ...argv, '--device', device], { stdio: 'inherit' });
  const end = (): void => void child.kill();
  signal.addEventListener('abort', end, { once: true });
  return new Promise((resolve) => {
    const finish = (code: number | null): void => {
      signal.removeEventListener('abort', end);
      resolve(code ?? 1);
    };
    // It may come more than once: a process that cannot be killed is an error, too.
    child.on('error', (error: NodeJS.ErrnoException) => {
      const reason = `no process of its own can be started for it (${error.code ?? error.message})`;
      report({ event: 'trouble', card: card.device, reason });
      finish(1);
    });
    child.once('exit', finish);
  });
}
