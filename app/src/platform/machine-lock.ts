/**
 * A lock between processes of this machine: the name of an abstract socket (unix(7)), which the kernel gives to one
 * process, and frees when that ends, however it ends. No file is left behind. Within one network namespace any program
 * may take the name, so that it only keeps friendly programs from disturbing each other.
 */
import { createServer, type Server } from 'node:net';
import { EnvironmentError } from '../core/errors.ts';
import { elapsed, milliseconds, after, type Clock, type Duration } from '../core/time.ts';
import { Waiting } from '../core/waiting.ts';
import { systemErrno } from './system-errno.ts';

const pollEvery = milliseconds(250);

export interface LockOptions {
  readonly name: string;
  readonly longestWait: Duration;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Resolves with the way to free the lock, or with undefined if another process kept it for so long. Rejects with an
 * EnvironmentError.
 */
export async function takeLock(options: LockOptions): Promise<(() => void) | undefined> {
  const { name, longestWait, clock, signal } = options;
  const deadline = after(clock.now(), longestWait);
  for (;;) {
    const server = await bind(`\0${name}`);
    if (signal.aborted) server?.close();
    signal.throwIfAborted();
    if (server !== undefined) return () => server.close();
    const left = elapsed(clock.now(), deadline);
    if (left <= 0) return undefined;
    await new Waiting(clock).wait(milliseconds(Math.min(left, pollEvery)), signal);
  }
}

/** Undefined if the name is taken. Rejects with an EnvironmentError. */
function bind(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    // Later ones change nothing: a connection that cannot be accepted is closed without that, too.
    server.on('error', (error) => {
      const { code, text } = systemErrno(error);
      if (code === 'EADDRINUSE') return resolve(undefined);
      const problem = `the lock of this machine cannot be taken: ${text}`;
      reject(new EnvironmentError(problem, { errno: code, syscall: 'bind', cause: error }));
    });
    server.listen(path, () => resolve(server));
  });
}
