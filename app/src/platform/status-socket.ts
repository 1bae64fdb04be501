/**
 * An AF_UNIX socket that sends every caller the state once and closes. What a caller sends is discarded; how many
 * there are at a time is bounded, and so is how long one may take to read.
 */
import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import { createConnection, createServer, type Server } from 'node:net';
import { EnvironmentError } from '../core/errors.ts';
import { seconds, type Duration } from '../core/time.ts';
import { systemErrno } from './system-errno.ts';

export interface StatusSocketOptions {
  readonly path: string;
  /** Who may ask: permission bits of the socket. Writing is what connecting needs. */
  readonly mode: number;
  /** The whole answer; asked once per caller. */
  readonly state: () => string;
  /** How long a caller may take; 5 s unless given. */
  readonly longestCall?: Duration;
}

const maxCallers = 16;
const longestCall = seconds(5);

/** Rejects with an EnvironmentError. Close the result to remove the socket. */
export async function openStatusSocket(options: StatusSocketOptions): Promise<Server> {
  const { path, mode, state } = options;
  const server = createServer((socket) => {
    // For the whole call, not since the last byte: a caller that trickles would hold its slot indefinitely.
    const deadline = setTimeout(() => socket.destroy(), options.longestCall ?? longestCall);
    socket.on('close', () => clearTimeout(deadline));
    socket.on('error', () => socket.destroy());
    socket.resume();
    try {
      socket.end(state());
    } catch (error) {
      // The kernel refuses what the state is made from, for want of descriptors perhaps: no answer this time.
      if (systemErrno(error).code === 'EUNKNOWN') throw error;
      socket.destroy();
    }
  });
  server.maxConnections = maxCallers;
  try {
    if (await isAbandoned(path)) unlinkSync(path);
    await listen(server, path);
    chmodSync(path, mode);
  } catch (cause) {
    server.close();
    const { code, text } = systemErrno(cause);
    throw new EnvironmentError(`status socket ${path}: ${text}; ${advice(code)}`, {
      errno: code,
      syscall: 'bind',
      cause,
    });
  }
  return server;
}

/** Without access at first: between bind and chmod there is a moment. */
async function listen(server: Server, path: string): Promise<void> {
  const mask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
  } finally {
    process.umask(mask);
  }
  // A failing accept (too many open files) must not end the service.
  server.on('error', () => undefined);
}

/** A socket that a killed process left behind: it exists and has no listener. Never another kind of file. */
async function isAbandoned(path: string): Promise<boolean> {
  if (!isSocket(path)) return false;
  return new Promise((resolve) => {
    const probe = createConnection(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.once('error', (error) => resolve(systemErrno(error).code === 'ECONNREFUSED'));
  });
}

function isSocket(path: string): boolean {
  try {
    return lstatSync(path).isSocket();
  } catch {
    return false;
  }
}

function advice(code: string): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'another process answers there, or it is a file of another kind';
    // What libuv says for a folder that is not there, too.
    case 'EACCES':
    case 'EPERM':
      return 'make its folder, and let the service user write to it';
    case 'EMFILE':
    case 'ENFILE':
      return 'it is missing until the next start; end other programs';
    default:
      return 'choose another path';
  }
}
