/** The stream that `openTls` resolves with. */

/** How a session ended. */
export type TlsEnd =
  /** The server closed it (RFC 8446 section 6.1). Only the server can do that. */
  | { readonly kind: 'close-notify' }
  /** The stream below ended; anyone on the path can cause that. */
  | { readonly kind: 'cut' }
  /**
   * `code`: `"ERR_SSL_…"` as Node.js names it, with `_ALERT_` in it for an alert of the server; or the errno of the
   * connection, such as `"ECONNRESET"`; `"ETIMEDOUT"` also for a server that did not answer `end` in time.
   */
  | { readonly kind: 'error'; readonly code: string }
  /** One more record would wear out the keys, and the peer has not changed its own: make a new session. */
  | { readonly kind: 'keys-exhausted' };

export interface TlsHandlers {
  /** There may be something to read; once per burst. Read until `hasMore` is false, or pause. */
  onReadable(): void;
  /** After a `write` that did not take everything: the stream takes more. */
  onWritable?(): void;
  /** After a `write` that left `pendingBytes`: the kernel has them, or the connection has failed. */
  onDrained?(): void;
  /** Once, and nothing is called afterwards. Everything that could be decrypted was read; the descriptor is closed. */
  onEnd(end: TlsEnd): void;
}

/** Since the begin of the session, but for the keys: since their last change. Records of the handshake count. */
export interface TlsCounters {
  /** Bytes that came from the kernel. */
  bytesRead: number;
  /** Bytes that the kernel has taken. */
  bytesWritten: number;
  /** Encrypted bytes that the kernel has not taken yet; at most 96 KiB. */
  pendingBytes: number;
  /** Records that our keys for sending have protected. */
  recordsSent: number;
  /** Records that the peer's keys have protected. */
  recordsReceived: number;
  /** Key updates that we sent, and received. */
  keyUpdatesSent: number;
  keyUpdatesReceived: number;
}

export interface TlsStream {
  /** `"TLSv1.3"` or `"TLSv1.2"`. */
  readonly protocol: string;
  /** OpenSSL's name. */
  readonly cipher: string;
  /** What the server showed, in DER, its own certificate first; at most ten. */
  readonly chain: readonly Uint8Array[];
  /** SHA-256 of the server's SubjectPublicKeyInfo in base64 (RFC 7469 section 2.4). */
  readonly pin: string;
  /** When the last certificate begins that was accepted although it is not valid yet; undefined: all are valid. */
  readonly notYetValid: Date | undefined;

  /** Begins to deliver. Until then what the server sends stays in the kernel. Once only. */
  start(handlers: TlsHandlers): void;

  /** Decrypts into `buffer[offset, end)` and returns the number of bytes; 0: nothing for now, or not any more. */
  read(buffer: Uint8Array, offset?: number, end?: number): number;
  /** The last `read` filled its range: there may be more without another `onReadable`. */
  readonly hasMore: boolean;

  /**
   * Encrypts and sends `buffer[offset, end)`, all records of it in one call of the kernel where it takes that much.
   * Returns how much was taken; the buffer is free again. Less than everything: wait for `onWritable`. Nothing is taken
   * after `end`, `close` or the end of the session, nor once the connection has failed: the end follows then, after
   * what the server has still sent, and on a paused stream without that.
   */
  write(buffer: Uint8Array, offset?: number, end?: number): number;

  /** No more `onReadable`. An end of the session shows after `resume`, or when a `write` finds the connection dead. */
  pause(): void;
  resume(): void;

  /**
   * Changes our keys and asks the server to change its own (RFC 8446 section 4.6.3), which otherwise happens by volume
   * and age. False in TLS 1.2, which cannot, and where nothing can be sent.
   */
  updateKeys(): boolean;

  readonly counters: Readonly<TlsCounters>;
  /** The one of `counters`, without the others. */
  readonly pendingBytes: number;
  /**
   * Bytes that the peer's kernel has acknowledged (TCP_INFO), since the connection began; undefined over anything but
   * TCP, and after the end. A system call.
   */
  bytesAcknowledged(): number | undefined;

  /**
   * Announces that nothing more will be sent. What the server still sends is delivered until it closes as well, at most
   * `timeoutMs`: 0 to 2^31 - 1, 5 s by default. Throws TlsOptionError for another one.
   */
  end(timeoutMs?: number): void;
  /** Ends everything at once. At any time, twice if you like; nothing is called afterwards. */
  close(): void;
}
