/**
 * The program: looks for cards, serves the first that it finds and gives each further one a process of its own. The USB
 * library learns of devices only at its start where udev's messages do not reach, so a process is good for one card, once.
 */
import { parseCommandLine, usage, type RunRequest } from './command-line.ts';
import { CardError } from 'psock-host';
import { findCards, type FoundCard } from 'psock-host';
import { reporter, type Report } from './report.ts';
import { serveCard } from './serve-card.ts';
import { serveElsewhere } from './serve-elsewhere.ts';

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
  await watch(request, report, context);
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
  return serveHere(found, request, report, context.signal);
}

/** Exit status: 0 when the card is gone or this process was told to end, 1 when the card could not be served. */
async function serveHere(
  found: FoundCard,
  request: RunRequest,
  report: Report,
  signal: AbortSignal,
): Promise<number> {
  try {
    await serveCard(found, { ...request, report, signal });
    if (!signal.aborted) report({ event: 'gone', card: found.device });
    return 0;
  } catch (error) {
    if (!(error instanceof CardError)) throw error;
    report({ event: 'trouble', card: found.device, reason: error.message });
    return 1;
  }
}

async function watch(request: RunRequest, report: Report, context: HostContext): Promise<void> {
  const { signal } = context;
  /** Cards by key, with the end of their service; after a failure none serves, until the next attempt. */
  const served = new Map<string, Promise<unknown>>();
  let isFirst = true;
  report({ event: 'waiting' });
  while (!signal.aborted) {
    for (const card of findCards()) {
      const key = keyOf(card);
      if (served.has(key)) continue;
      const status = isFirst
        ? serveHere(card, request, report, signal)
        : serveElsewhere(card, report, context);
      isFirst = false;
      served.set(
        key,
        status.then(async (code) => {
          if (code !== 0) await pause(retryMs, signal);
          served.delete(key);
        }),
      );
    }
    await pause(lookMs, signal);
  }
  await Promise.all(served.values());
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
