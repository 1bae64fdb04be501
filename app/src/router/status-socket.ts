/** An AF_UNIX socket that tells every caller the state once. */
import { lstat, unlink } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import type { Server } from 'node:net';
import { EnvironmentError } from '../core/errors.ts';
import { systemErrno } from '../identity/system-errno.ts';

/** `state` is asked once per caller. The socket is for the router's own user (mode 600). */
export async function openStatusSocket(path: string, state: () => string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.resume();
    socket.end(state());
  });
  if (await isAbandoned(path)) await unlink(path);
  const mask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
  } catch (cause) {
    const { code, text } = systemErrno(cause);
    throw new EnvironmentError(`status socket ${path}: ${text}`, {
      errno: code,
      syscall: 'bind',
      cause,
    });
  } finally {
    process.umask(mask);
  }
  return server;
}

/** A socket that a killed router left behind: it exists and nobody answers. Never another kind of file. */
async function isAbandoned(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isSocket() !== true) return false;
  return new Promise((resolve) => {
    const probe = createConnection(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.once('error', (error) => resolve(systemErrno(error).code === 'ECONNREFUSED'));
  });
}
