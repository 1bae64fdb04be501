/**
 * The points at which a session can be made faulty. This class behaves well; `faults.ts` overrides it.
 */
import type { TLSSocket } from 'node:tls';
import type { OutputQueue, Source } from './output-queue.ts';

/** The part of a session that a quirk may use: frames sent to it go to the client. */
export type QuirkySession = OutputQueue & { readonly source: Source };

export class SessionFaults {
  /** Pings of fe80::1 get no answer. */
  readonly ignoresHeartbeats: boolean = false;

  /** The session begins: nothing was read or written yet. */
  readonly open: ((socket: TLSSocket, session: QuirkySession) => void) | undefined = undefined;

  /** Bytes given to `write` that have not reached the socket's own queue. */
  get pendingBytes(): number {
    return 0;
  }

  /** Asked once per packet from the client. */
  losesUp(): boolean {
    return false;
  }

  /** Asked once per packet to the client. */
  losesDown(): boolean {
    return false;
  }

  /** `done` is called when the bytes are no longer needed. */
  write(socket: TLSSocket, bytes: Uint8Array, done: () => void): void {
    socket.write(bytes, done);
  }

  close(): void {
    // No timers.
  }
}
