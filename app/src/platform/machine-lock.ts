/**
 * A lock between processes of this machine: the name of an abstract socket (unix(7)), which the kernel gives to one
 * process, and frees when that ends, however it ends. No file is left behind. Within one network namespace any program
 * may take the name, so that it only keeps friendly programs from disturbing each other.
 */
import { createServer, type Server } from 'node:net';
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

/** Resolves with the way to free the lock, or with undefined if another process kept it for so long. */
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

/** Undefined if the name is taken. */
function bind(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error) => {
      if (systemErrno(error).code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(path, () => resolve(server));
  });
}
