/** Whoever reads our output may go away: a closed terminal, a restarted journal. That is no reason to end a tunnel. */
import type { Writable } from 'node:stream';

/** From here on a failing write to this stream (EPIPE, EIO, ENOSPC) loses its text and nothing else. */
export function tolerateLostReader(stream: Writable): void {
  stream.on('error', () => undefined);
}
