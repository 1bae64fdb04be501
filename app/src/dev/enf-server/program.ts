/** Carries out one enf-server request and returns the exit status. */
import { openTun, TuntapError } from 'tuntap2';
import { carryOut, statusOfError } from '../../platform/command-line/carry-out.ts';
import { logFailure } from '../../platform/command-line/log-failure.ts';
import { exitStatus } from '../../platform/exit-status.ts';
import type { LineLogger, Logger, LogLevel } from '../../platform/log.ts';
import type { ProgramOutput } from '../../platform/program-end.ts';
import { openStatusSocket } from '../../platform/status-socket.ts';
import type { AdmissionRules, Registry } from './admission.ts';
import { parseCommandLine } from './command-line.ts';
import { table } from './command-table.ts';
import type { FaultRequest, RunRequest } from './command-line.ts';
import { loadAuthorities, loadRegistry, loadServerPair, readInput } from './credentials.ts';
import { FaultPlan } from './faults.ts';
import type { Fault } from './faults.ts';
import { parsePacketFile } from './packet-file.ts';
import { EnfServer } from './enf-server.ts';
import { openIam } from './iam/open-iam.ts';
import type { IamServer } from './iam/iam-server.ts';
import { openXtt } from './xtt/open-xtt.ts';
import type { XttService } from './xtt/xtt-service.ts';

export interface ServerContext extends ProgramOutput {
  readonly argv: readonly string[];
  readonly openLog: (level: LogLevel) => LineLogger;
  /** Ends the server. */
  readonly signal: AbortSignal;
  /** Registers what to do when the operator asks for the state. */
  readonly onStatusRequest: (print: () => void) => void;
}

/** Rejects only for a bug. */
export function runEnfServer(context: ServerContext): Promise<number> {
  const request = parseCommandLine(context.argv);
  return carryOut(table, request, context, (wanted) => run(wanted, context));
}

async function run(request: RunRequest, context: ServerContext): Promise<number> {
  const log = context.openLog(request.logLevel);
  try {
    return await serve(request, log, context);
  } catch (error) {
    return logFailure(log, error, statusOf);
  } finally {
    log.flush();
  }
}

function statusOf(error: unknown): number | undefined {
  return error instanceof TuntapError ? exitStatus.runtime : statusOfError(error);
}

async function serve(request: RunRequest, log: Logger, context: ServerContext): Promise<number> {
  const pair = await loadServerPair(request.certFile, request.keyFile);
  const registry = await loadRegistries(request);
  const rules = await loadRules(request, registry);
  const faults = new FaultPlan(await Promise.all(request.faults.map(prepare)));
  for (const { kind } of request.faults)
    log.warning('fault-active', `misbehaves on request: ${kind}`);

  const ended = new Ending(context.signal);
  const router = new EnfServer({
    ...pair,
    rules,
    faults,
    log,
    beyond: openBeyond(request),
    onDeviceError: (error) => {
      log.error('tun-failed', `${error.message}; the server ends`);
      ended.fail();
    },
  });
  let iam: IamServer | undefined;
  let xtt: XttService | undefined;
  try {
    if (request.iam !== undefined) iam = await openIam(request.iam, { ...pair, registry, log });
    if (request.xtt !== undefined) xtt = await openXtt(request.xtt, { registry, log });
    for (const { kind } of request.xtt?.faults ?? [])
      log.warning('fault-active', `provisioning server misbehaves on request: ${kind}`);
    for (const { kind } of request.iam?.faults ?? [])
      log.warning('fault-active', `identity service misbehaves on request: ${kind}`);
    for (const address of request.listen) {
      const port = await router.listen(address);
      log.info('listening', `listening on ${address.host ?? 'every address'}, port ${port}`);
    }
    const line = () => `${JSON.stringify(router.status())}\n`;
    context.onStatusRequest(() => context.stdout(line()));
    if (request.statusSocket !== undefined) {
      const server = await openStatusSocket({
        path: request.statusSocket,
        mode: 0o600,
        state: line,
      });
      ended.promise.finally(() => server.close()).catch(() => undefined);
    }
    return await ended.promise;
  } finally {
    iam?.close();
    xtt?.close();
    router.close();
  }
}

async function loadRegistries(request: RunRequest): Promise<Map<string, string>> {
  const registries = await Promise.all(request.registryFolders.map(loadRegistry));
  return new Map(registries.flatMap((registry) => [...registry]));
}

async function loadRules(request: RunRequest, registry: Registry): Promise<AdmissionRules> {
  const authorities = await Promise.all(request.clientCaFiles.map(loadAuthorities));
  return {
    anyClient: request.anyClient,
    authorities: authorities.flat(),
    registry,
  };
}

async function prepare(request: FaultRequest): Promise<Fault> {
  if (request.kind !== 'inject') return request;
  const text = (await readInput(request.file)).toString();
  return { kind: 'inject', packets: parsePacketFile(text, request.file) };
}

function openBeyond({ beyond }: RunRequest) {
  if (beyond === undefined || beyond === 'echo') return beyond;
  return openTun({ name: beyond.tun, offload: beyond.offload });
}

/** Resolves with the exit status. */
class Ending {
  readonly promise: Promise<number>;
  fail: () => void = () => undefined;

  constructor(signal: AbortSignal) {
    this.promise = new Promise((resolve) => {
      this.fail = () => resolve(exitStatus.runtime);
      const end = () => resolve(exitStatus.success);
      if (signal.aborted) end();
      signal.addEventListener('abort', end, { once: true });
    });
  }
}
