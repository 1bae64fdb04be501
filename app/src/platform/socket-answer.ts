/**
 * All that an AF_UNIX socket answers until it closes. The deadline is for the whole answer: one that begins again with
 * each byte would let a server that trickles hold its caller indefinitely.
 */
import { createConnection } from 'node:net';
import { EnvironmentError } from '../core/errors.ts';
import { seconds, type Duration } from '../core/time.ts';

export interface SocketQuestion {
  readonly path: string;
  /** Sent at once, and nothing after it; undefined: the server answers without being asked. */
  readonly request?: string;
  readonly deadline: Duration;
}

/** No answer of ours is as long. */
const maxBytes = 256 * 1024;
export const usualAnswerDeadline = seconds(5);

/** Rejects with an EnvironmentError, or with the system's error if the server cannot be reached. */
export function readAnswer({ path, request, deadline }: SocketQuestion): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const socket = createConnection({ path });
    const giveUp = (problem: string, errno: string): void => {
      const details = { errno, syscall: 'read' };
      socket.destroy(new EnvironmentError(`${path}: ${problem}`, details));
    };
    const tooLate = setTimeout(() => giveUp('does not answer', 'ETIMEDOUT'), deadline);
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > maxBytes) giveUp('answers without end', 'EMSGSIZE');
    });
    socket.once('error', reject);
    socket.once('close', () => {
      clearTimeout(tooLate);
      resolve(Buffer.concat(chunks).toString('utf8'));
    });
    if (request !== undefined) socket.end(request);
  });
}
