/**
 * The program: looks for cards, serves the first that it finds and gives each further one a process of its own. The USB
 * library learns of devices only at its start where udev's messages do not reach, so a process is good for one card,
 * once.
 */
import { seconds } from '../../core/time.ts';
import { carryOut } from '../../platform/command-line/carry-out.ts';
import { exitStatus } from '../../platform/exit-status.ts';
import { pause } from '../../platform/pause.ts';
import type { ProgramContext } from '../../platform/program.ts';
import { parseCommandLine, type RunRequest } from './command-line.ts';
import { table } from './command-table.ts';
import { DeviceError, findDevices, type FoundDevice } from 'psock-host';
import { reporter, type Report } from './report.ts';
import { serveDevice } from './serve-device.ts';
import { serveElsewhere } from './serve-elsewhere.ts';

export interface HostContext extends Pick<ProgramContext, 'argv' | 'stdout' | 'stderr' | 'signal'> {
  /** How this very program is started: interpreter and file. */
  readonly self: readonly [string, ...string[]];
}

const betweenLooks = seconds(1);
/** After a failure: a card that cannot be served must not fill the log. */
const betweenAttempts = seconds(5);

export async function runPsockHost(context: HostContext): Promise<number> {
  const request = parseCommandLine(context.argv);
  return carryOut(table, request, context, (wanted) => run(wanted, context));
}

async function run(request: RunRequest, context: HostContext): Promise<number> {
  const report = reporter(request.isJson, context.stdout);
  if (request.device !== undefined) return serveOne(request, report, context);
  await watch(request, report, context);
  return exitStatus.success;
}

async function serveOne(
  request: RunRequest,
  report: Report,
  context: HostContext,
): Promise<number> {
  const { bus, address } = request.device!;
  const found = findDevices().find((card) => card.bus === bus && card.address === address);
  if (found === undefined) {
    context.stderr(`psock-host: there is no router card at bus ${bus}, address ${address}\n`);
    return exitStatus.runtime;
  }
  return serveHere(found, request, report, context.signal);
}

/** Exit status: 0 when the card was unplugged or this process was stopped, 1 when the card could not be served. */
async function serveHere(
  found: FoundDevice,
  request: RunRequest,
  report: Report,
  signal: AbortSignal,
): Promise<number> {
  try {
    await serveDevice(found, { ...request, report, signal });
    if (!signal.aborted) report({ event: 'gone', card: found.device });
    return exitStatus.success;
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    report({ event: 'trouble', card: found.device, reason: error.message });
    return exitStatus.runtime;
  }
}

async function watch(request: RunRequest, report: Report, context: HostContext): Promise<void> {
  const { signal } = context;
  /** Cards by key, with the end of their service; after a failure none serves, until the next attempt. */
  const served = new Map<string, Promise<unknown>>();
  let isFirst = true;
  report({ event: 'waiting' });
  while (!signal.aborted) {
    for (const card of findDevices()) {
      const key = keyOf(card);
      if (served.has(key)) continue;
      const status = isFirst
        ? serveHere(card, request, report, signal)
        : serveElsewhere(card, report, context);
      isFirst = false;
      served.set(
        key,
        status.then(async (code) => {
          if (code !== 0) await pause(betweenAttempts, signal);
          served.delete(key);
        }),
      );
    }
    await pause(betweenLooks, signal);
  }
  await Promise.all(served.values());
}

function keyOf({ device, address }: FoundDevice): string {
  return `${device} ${address}`;
}
