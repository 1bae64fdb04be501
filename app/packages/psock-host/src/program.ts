/**
 * The program: looks for cards and gives each a process of its own. The USB library learns of devices only at its
 * start where udev's messages do not reach, and a card that misbehaves takes nobody else along.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { parseCommandLine, usage, type RunRequest } from './command-line.ts';
import { CardError } from './errors.ts';
import { findCards, type FoundCard } from './find-cards.ts';
import { reporter, type Report } from './report.ts';
import { serveCard } from './serve-card.ts';

export interface HostContext {
  readonly argv: readonly string[];
  /** How this very program is started: interpreter and file. */
  readonly self: readonly [string, ...string[]];
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly signal: AbortSignal;
}

const lookMs = 1000;
/** After a failure, so that a card that cannot be served does not fill the log. */
const retryMs = 5000;

export async function runPsockHost(context: HostContext): Promise<number> {
  const request = parseCommandLine(context.argv);
  if (request.command === 'help') {
    context.stdout(usage);
    return 0;
  }
  if (request.command === 'wrong') {
    context.stderr(`psock-host: ${request.problem}\nTry "psock-host --help".\n`);
    return 2;
  }
  const report = reporter(request.isJson, context.stdout);
  if (request.device !== undefined) return serveOne(request, report, context);
  await watch(context, report);
  return 0;
}

async function serveOne(
  request: RunRequest,
  report: Report,
  context: HostContext,
): Promise<number> {
  const { bus, address } = request.device!;
  const found = findCards().find((card) => card.bus === bus && card.address === address);
  if (found === undefined) {
    context.stderr(`psock-host: there is no router card at bus ${bus}, address ${address}\n`);
    return 1;
  }
  try {
    await serveCard(found, { ...request, report, signal: context.signal });
    if (!context.signal.aborted) report({ event: 'gone', card: found.device });
    return 0;
  } catch (error) {
    if (!(error instanceof CardError)) throw error;
    report({ event: 'trouble', card: found.device, reason: error.message });
    return 1;
  }
}

async function watch({ argv, self, signal }: HostContext, report: Report): Promise<void> {
  const served = new Map<string, ChildProcess | 'later'>();
  report({ event: 'waiting' });
  while (!signal.aborted) {
    for (const card of findCards()) {
      const key = keyOf(card);
      if (served.has(key)) continue;
      const [program, ...words] = self;
      const device = `${card.bus}:${card.address}`;
      const child = spawn(program, [...words, ...argv, '--device', device], { stdio: 'inherit' });
      served.set(key, child);
      const forget = (): void => void served.delete(key);
      child.once('error', forget);
      child.once('exit', (status) => {
        if (status === 0) return forget();
        served.set(key, 'later');
        setTimeout(forget, retryMs).unref();
      });
    }
    await pause(lookMs, signal);
  }
  const running = [...served.values()].filter((child) => child !== 'later');
  await Promise.all(
    running.map((child) => {
      child.kill();
      return new Promise((resolve) => child.once('exit', resolve));
    }),
  );
}

function keyOf({ device, address }: FoundCard): string {
  return `${device} ${address}`;
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end);
  });
}
