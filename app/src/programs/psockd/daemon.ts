/** psockd while it runs: FunctionFS on one side, clients on the other, systemd above. */
import { randomInt } from 'node:crypto';
import type { Server } from 'node:net';
import {
  FunctionFs,
  type FunctionFsError,
  type FunctionFsEvent,
  type FunctionPort,
} from 'function-fs';
import { CardSession } from 'hss';
import { milliseconds } from '../../core/time.ts';
import { systemClock } from '../../platform/deadline-timer.ts';
import type { Logger } from '../../platform/log.ts';
import { SystemdNotify } from '../../platform/systemd-notify.ts';
import { ClientServer } from './client-server.ts';
import { listenForClients } from './client-listener.ts';
import { driverTransfers, EndpointDriver } from './endpoint-driver.ts';
import { socketInterface } from '../../platform/socket-interface.ts';

export interface DaemonOptions {
  readonly folder: string;
  readonly socket: string;
  readonly log: Logger;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** See `ClientServer`. */
  readonly silenceMs?: number;
  /** Opens the function; tests put a stand-in here. */
  readonly openPort?: (
    folder: string,
    onEvent: (event: FunctionFsEvent) => void,
    onFailure: (error: Error) => void,
  ) => FunctionPort;
}

/** Ends when stopped; rejects with an EnvironmentError or a FunctionFsError when it cannot go on. */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  const { folder, socket, log, signal } = options;
  const { openPort = openFunctionFs } = options;
  // Nothing happens to the session before the client server is there.
  const session = new CardSession((presence) => clientServer.presenceChanged(presence));
  let fail: (error: Error) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  // Awaited below; a failure before that must not count as unhandled.
  failed.catch(() => undefined);

  // Events come from the loop, so never before the driver is there.
  const port = openPort(folder, (event) => driver.onEvent(event), fail);
  const driver: EndpointDriver = new EndpointDriver({
    session,
    port,
    log,
    now: () => systemClock.now(),
    schedule: (wait, callback) => systemClock.schedule(milliseconds(wait), callback),
    onHostMoved: () => clientServer.hostMoved(),
    randomNumber: () => randomInt(0x1_0000_0000),
  });
  const clientServer: ClientServer = new ClientServer({
    session,
    log,
    ...(options.silenceMs === undefined ? {} : { silenceMs: options.silenceMs }),
    status: () => ({
      host: session.presence,
      isWindowed: session.isWindowed,
      clients: clientServer.count,
      sockets: session.socketCount,
      counters: session.counters,
    }),
  });
  const notify = new SystemdNotify(options.environment, process.pid);
  let server: Server | undefined;
  let stopWatchdog: (() => void) | undefined;
  try {
    server = await listenForClients(socket, (client) => clientServer.accept(client), log);
    driver.probe();
    notify.ready();
    stopWatchdog = notify.startWatchdog();
    log.info('clients-serving', `serving clients at ${socket}`);
    await Promise.race([failed, aborted(signal)]);
  } finally {
    stopWatchdog?.();
    server?.close();
    clientServer.close();
    // Closed sockets have left a word for the host; the session ends with the endpoints anyway.
    driver.close();
    notify.close();
  }
}

function openFunctionFs(
  folder: string,
  onEvent: (event: FunctionFsEvent) => void,
  onFailure: (error: FunctionFsError) => void,
): FunctionPort {
  const endpoints = socketInterface.endpoints.length;
  return new FunctionFs(folder, { endpoints, capacity: driverTransfers, onEvent, onFailure });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
