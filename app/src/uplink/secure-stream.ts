/**
 * One TLS session after its handshake, as the tunnel uses it: what came is read into a buffer of the reader, what is
 * sent stays in a buffer of the writer until it is taken, and there is one end. Nothing behind this interface depends
 * on which TLS library carries it.
 */

import type { TlsLibrary } from '../tunnel/tunnel-state.ts';

/** How a session ended. */
export type StreamEnd =
  /** The server closed it (RFC 8446 section 6.1). */
  | { readonly kind: 'close-notify' }
  /** The connection ended without that, or in a way that does not show; anyone on the path can cause it. */
  | { readonly kind: 'cut' }
  /** `code`: an alert or another failure of TLS as Node.js names it, or the errno of the connection. */
  | { readonly kind: 'error'; readonly code: string };

export interface StreamHandlers {
  /** There is something to read: read until `hasMore` is false, or pause. */
  onReadable(): void;
  /** Once, and no handler is called afterwards. */
  onEnd(end: StreamEnd): void;
}

/** The handlers are called from the event loop, and never inside a call of these methods. */
export interface SecureStream {
  /** Protocol version and cipher, for people. */
  readonly agreed: string;
  readonly library: TlsLibrary;
  /** As in `SessionState`. */
  readonly keyUpdates: number | undefined;

  /** Begins to deliver; once only. A session that has ended before shows its end then. */
  start(handlers: StreamHandlers): void;

  /** Fills `buffer[offset, end)` and returns the number of bytes; 0: nothing for now. */
  read(buffer: Uint8Array, offset: number, end: number): number;
  /** There may be more to read without another `onReadable`; it comes all the same, unless the stream is paused. */
  readonly hasMore: boolean;
  /** No more `onReadable`; the sender slows down. Idempotent, as `resume` is. */
  pause(): void;
  resume(): void;

  /**
   * Sends the bytes behind all earlier ones. True: all of them are with the kernel, and the buffer is free again.
   * False: the buffer is in use until `onTaken` is called, or for good if the stream is closed before. While very much
   * waits, a write without a callback may be dropped.
   */
  write(bytes: Uint8Array, onTaken?: () => void): boolean;
  /** Something that was written is not with the kernel yet. */
  readonly isWriting: boolean;
  /** See `stream-progress.ts`. */
  hasMoved(): boolean;

  /**
   * The keys have protected much of what they may (RFC 8446 section 5.5), and are not changed within the session: make
   * a new one.
   */
  areKeysWorn(): boolean;

  /**
   * Sends what was written and then a close_notify. What still comes is dropped, and no handler is called any more.
   * Calls back when the connection has ended, which depends on the server: have a deadline, and close then.
   */
  end(onClosed: () => void): void;
  /** Ends everything at once, at any time. Idempotent; no handler is called any more. */
  close(): void;
}
