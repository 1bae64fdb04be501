/**
 * Ties a socket of HSS to a stream of Node.js (TCP on the host, AF_UNIX on the card): bytes, back-pressure and ends
 * both ways. The stream must allow half-open connections, as far as its user wants them.
 */
import type { Duplex } from 'node:stream';
import { maxStreamCost } from './budget.ts';
import type { HssSocket, SocketHandlers } from './socket.ts';

/**
 * After a connection has ended in the normal way, its receiver has so long to take the last data; however slowly it
 * does, it does not keep them for longer.
 */
const drainMs = 60_000;

/** The handlers for the session; they work before and after `attach`. */
export interface SocketBridge extends SocketHandlers {
  /** The connection stands: from now on the stream is read. */
  attach(socket: HssSocket): void;
}

export function bridge(stream: Duplex, options: { readonly drainMs?: number } = {}): SocketBridge {
  let socket: HssSocket | undefined;
  let isGone = false;

  const giveUp = (): void => socket?.destroy();
  stream.on('error', giveUp);
  // After its end it has nothing more to say, but what it said may still wait to be sent.
  stream.on('close', () => {
    if (!stream.readableEnded) giveUp();
  });

  return {
    attach(attached) {
      socket = attached;
      stream.on('data', (bytes: Uint8Array) => {
        attached.write(bytes, () => {
          if (attached.queuedCost < maxStreamCost) stream.resume();
        });
        if (attached.queuedCost >= maxStreamCost) stream.pause();
      });
      stream.on('end', () => attached.end());
      if (stream.destroyed) giveUp();
      else stream.resume();
    },
    onData(data, consumed) {
      if (stream.destroyed || stream.writableEnded) return consumed();
      stream.write(data, () => consumed());
    },
    onEnd() {
      stream.end();
    },
    onClose(errno) {
      if (isGone) return;
      isGone = true;
      if (errno !== undefined || stream.destroyed) return void stream.destroy();
      // What was received is written out; what was to be sent has no receiver any more.
      const tooLate = setTimeout(() => stream.destroy(), options.drainMs ?? drainMs);
      stream.once('close', () => clearTimeout(tooLate));
      stream.end(() => stream.destroy());
    },
  };
}
