/**
 * `enftun page`: serves the page from a process of its own, which has no keys, no privileges and no interface to the
 * outside: systemd hands it a listening socket, and it asks the tunnel service's status socket. Started by the first
 * look at the page, it ends again after a while without a visitor: until the next time it costs nothing.
 */
import type { Server } from 'node:http';
import { EnvironmentError } from '../../../core/errors.ts';
import { milliseconds } from '../../../core/time.ts';
import { systemClock } from '../../../platform/deadline-timer.ts';
import { systemErrno } from '../../../platform/system-errno.ts';
import type { Logger } from '../../../platform/log.ts';
import { readStatus } from '../../../status/read-status.ts';
import { createPageServer } from './page-server.ts';

export interface PageProgramOptions {
  /** The tunnel's status socket. */
  readonly socket: string;
  /** The address with its zone, and the port; undefined: systemd has handed a listening socket over. */
  readonly listen: { readonly host: string; readonly port: number } | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly log: Logger;
  /** Aborted: end at once. */
  readonly signal: AbortSignal;
  readonly idleMs?: number;
}

/** The first descriptor that systemd hands over (sd_listen_fds(3)). */
const firstDescriptor = 3;
const defaultIdleMs = 60_000;

/** Resolves with the exit status. Rejects with an EnvironmentError. */
export async function runPage(options: PageProgramOptions): Promise<number> {
  const { socket, log, signal, idleMs = defaultIdleMs } = options;
  const isHandedOver = options.listen === undefined;
  const done = new AbortController();
  const end = (): void => done.abort();
  const waitIdle = (): (() => void) => systemClock.schedule(milliseconds(idleMs), end);
  let cancelIdle = waitIdle();
  const server = createPageServer({
    readStatus: () => statusOrNone(socket, log),
    onConnections: (count) => {
      cancelIdle();
      // Without a supervisor it would not be started again.
      if (count === 0 && isHandedOver) cancelIdle = waitIdle();
    },
  });
  if (!isHandedOver) cancelIdle();
  signal.addEventListener('abort', end);
  try {
    await listen(server, options);
    log.info('page-serving', 'serving the page');
    if (signal.aborted) end();
    if (!done.signal.aborted) {
      await new Promise((resolve) => done.signal.addEventListener('abort', resolve));
    }
    return 0;
  } finally {
    signal.removeEventListener('abort', end);
    cancelIdle();
    server.close();
    server.closeAllConnections();
  }
}

function listen(server: Server, options: PageProgramOptions): Promise<void> {
  const { listen: wanted, environment, pid } = options;
  if (wanted === undefined && !hasSocket(environment, pid)) {
    const problem = 'no socket was handed over; start it through its socket unit, or use --listen';
    throw new EnvironmentError(problem, { errno: 'EBADF', syscall: 'listen' });
  }
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const { code, text } = systemErrno(cause);
      const where = wanted === undefined ? 'the socket' : `[${wanted.host}]:${wanted.port}`;
      const problem = `cannot listen on ${where}: ${text}`;
      reject(new EnvironmentError(problem, { errno: code, syscall: 'listen', cause }));
    });
    // A failing accept (too many open files) must not end the page.
    server.on('error', () => undefined);
    server.listen(wanted ?? { fd: firstDescriptor }, resolve);
  });
}

function hasSocket(environment: PageProgramOptions['environment'], pid: number): boolean {
  const { LISTEN_FDS, LISTEN_PID } = environment;
  return LISTEN_PID === String(pid) && Number(LISTEN_FDS) >= 1;
}

async function statusOrNone(socket: string, log: Logger) {
  try {
    return await readStatus(socket);
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    log.warning('page-status-missing', error.message);
    return undefined;
  }
}
