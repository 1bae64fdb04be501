/** Carries out one enf-server request and returns the exit status. */
import { openTun, TuntapError } from 'tuntap2';
import { ConfigError, EnvironmentError } from '../../core/errors.ts';
import type { LineLogger, Logger, LogLevel } from '../../platform/log.ts';
import { openStatusSocket } from '../../platform/status-socket.ts';
import type { AdmissionRules } from './admission.ts';
import { parseCommandLine } from './command-line.ts';
import type { FaultRequest, RunRequest } from './command-line.ts';
import { loadAuthorities, loadRegistry, loadServerPair, readInput } from './credentials.ts';
import { FaultPlan } from './faults.ts';
import type { Fault } from './faults.ts';
import { parsePacketFile } from './packet-file.ts';
import { EnfServer } from './enf-server.ts';
import { usage } from './usage.ts';

export const exitStatus = { done: 0, runtime: 1, usage: 2, config: 78 } as const;

export interface Surroundings {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly openLog: (level: LogLevel) => LineLogger;
  /** Ends the router. */
  readonly signal: AbortSignal;
  /** Registers what to do when the operator asks for the state. */
  readonly onStatusRequest: (print: () => void) => void;
}

export async function runRouter(argv: readonly string[], around: Surroundings): Promise<number> {
  const request = parseCommandLine(argv);
  switch (request.kind) {
    case 'help':
      around.out(usage);
      return exitStatus.done;
    case 'wrong':
      around.err(`enf-server: ${request.problem}\ntry: enf-server --help\n`);
      return exitStatus.usage;
    case 'run':
      break;
  }
  const log = around.openLog(request.logLevel);
  try {
    return await serve(request, log, around);
  } catch (error) {
    if (error instanceof ConfigError) {
      log.error('config-unusable', error.message);
      return exitStatus.config;
    }
    if (error instanceof EnvironmentError || error instanceof TuntapError) {
      log.error('start-failed', error.message);
      return exitStatus.runtime;
    }
    throw error;
  } finally {
    log.flush();
  }
}

async function serve(request: RunRequest, log: Logger, around: Surroundings): Promise<number> {
  const pair = await loadServerPair(request.certFile, request.keyFile);
  const rules = await loadRules(request);
  const faults = new FaultPlan(await Promise.all(request.faults.map(prepare)));
  for (const { kind } of request.faults)
    log.warning('fault-active', `misbehaves on request: ${kind}`);

  const ended = new Ending(around.signal);
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
  try {
    for (const address of request.listen) {
      const port = await router.listen(address);
      log.info('listening', `listening on ${address.host ?? 'every address'}, port ${port}`);
    }
    const line = () => `${JSON.stringify(router.status())}\n`;
    around.onStatusRequest(() => around.out(line()));
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
    router.close();
  }
}

async function loadRules(request: RunRequest): Promise<AdmissionRules> {
  const authorities = await Promise.all(request.clientCaFiles.map(loadAuthorities));
  const registries = await Promise.all(request.registryFolders.map(loadRegistry));
  return {
    anyClient: request.anyClient,
    authorities: authorities.flat(),
    registry: new Map(registries.flatMap((registry) => [...registry])),
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
      const end = () => resolve(exitStatus.done);
      if (signal.aborted) end();
      signal.addEventListener('abort', end, { once: true });
    });
  }
}
