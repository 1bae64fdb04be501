/** The descriptor below a socket of `node:net`. */
import type { Socket } from 'node:net';
import { TlsOptionError } from './errors.ts';

/**
 * Throws TlsOptionError for a socket that has none, or that has read or been given what would be lost. Node.js has no
 * public way to a descriptor; the member has been in every release.
 */
export function descriptorOf(socket: Socket): number {
  const { _handle: handle } = socket as unknown as { _handle?: { fd?: unknown } | null };
  const fd = handle?.fd;
  if (typeof fd !== 'number' || fd < 0) return refuse('it is not connected');
  if (socket.readableLength > 0) return refuse('it has been read from');
  if (socket.writableLength > 0) return refuse('it has not sent everything yet');
  return fd;
}

function refuse(problem: string): never {
  throw new TlsOptionError('socket', problem, 'ERR_INVALID_ARG_VALUE');
}
