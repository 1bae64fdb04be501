/**
 * A lock that programs of this machine take in turn, held by the kernel: it ends with its holder, however that ends,
 * and leaves nothing behind. It is the name of an abstract socket (unix(7)), made of the file that it guards.
 */
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { EnvironmentError } from '../core/errors.ts';
import { after, milliseconds, seconds, type Duration } from '../core/time.ts';
import { systemClock } from './deadline-timer.ts';
import { pause } from './pause.ts';
import { systemErrno } from './system-errno.ts';

/** A change takes some milliseconds; a card's slow disk, a second. */
const patience = seconds(10);
const between = milliseconds(20);

/** Runs `work` while no other program holds the lock of this file. Throws EnvironmentError when it stays taken. */
export async function withFileLock<T>(
  file: string,
  work: () => Promise<T>,
  longest: Duration = patience,
): Promise<T> {
  const lock = await take(file, longest);
  try {
    return await work();
  } finally {
    lock.close();
  }
}

async function take(file: string, longest: Duration): Promise<Server> {
  const name = createHash('sha256').update(path.resolve(file)).digest('hex');
  const deadline = after(systemClock.now(), longest);
  for (;;) {
    const server = await listen(`\0enftun-lock-${name}`, file);
    if (server !== undefined) return server;
    if (systemClock.now() >= deadline) {
      throw new EnvironmentError(
        `${file}: another program has been changing it for ${longest / 1000} s; wait for that one, then try again`,
        { errno: 'EBUSY', syscall: 'lock' },
      );
    }
    await pause(milliseconds(between * (0.5 + Math.random())));
  }
}

/** Undefined if another program has the name. */
function listen(name: string, file: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    // The socket is only a name; connections are closed.
    const server = createServer((socket) => socket.destroy());
    server.unref();
    // Also later, where it changes nothing: a connection that cannot be accepted is closed without that, too.
    server.on('error', (error) => {
      const { code, text } = systemErrno(error);
      if (code === 'EADDRINUSE') return resolve(undefined);
      const problem = `${file}: cannot be locked: ${text}`;
      reject(new EnvironmentError(problem, { errno: code, syscall: 'bind', cause: error }));
    });
    server.listen(name, () => resolve(server));
  });
}
