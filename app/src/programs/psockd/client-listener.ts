/** The AF_UNIX socket at which psockd's clients connect, for root and the group of the service. */
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { EnvironmentError } from '../../core/errors.ts';
import { systemErrno } from '../../platform/system-errno.ts';
import type { Logger } from '../../platform/log.ts';

/** Closing the result removes the socket. Rejects with an EnvironmentError. */
export async function listenForClients(
  file: string,
  accept: (client: Socket) => void,
  log: Logger,
): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, accept);
  try {
    // What an earlier run left; one that still runs would have kept the USB function from us.
    rmSync(file, { force: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(file, resolve);
    });
    server.on('error', (error) => {
      // Too many open files, perhaps: the clients that are connected are served on.
      log.warning(
        'client-not-accepted',
        `cannot accept a client at ${file}: ${systemErrno(error).text}`,
        'accept',
      );
    });
    chmodSync(file, 0o660);
    return server;
  } catch (cause) {
    server.close();
    const { code, text } = systemErrno(cause);
    const problem = `cannot listen at ${file}: ${text}`;
    throw new EnvironmentError(problem, { errno: code, syscall: 'listen', cause });
  }
}
