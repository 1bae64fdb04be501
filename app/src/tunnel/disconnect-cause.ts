/** Why there is no tunnel, or no longer one, and the words for it. */

/** Each cause at which an attempt or a session can end. */
export type DisconnectCause =
  /** No TCP connection to any address of any server. */
  | { readonly kind: 'unreachable'; readonly detail: string }
  /** We refuse the server: its certificate, name or key is not what the configuration asks for. */
  | { readonly kind: 'server-untrusted'; readonly detail: string }
  /** TLS failed otherwise, or took too long. */
  | { readonly kind: 'handshake-failed'; readonly detail: string }
  /** An alert inside the finished TLS session: the server refuses us, and nobody on the way can have forged it. */
  | { readonly kind: 'refused'; readonly detail: string }
  /** The server closed the connection, in whatever way. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'connection-lost'; readonly detail: string }
  | { readonly kind: 'heartbeat-timeout' }
  /** A frame longer than any peer may send: the stream cannot be read on. */
  | { readonly kind: 'bad-frame'; readonly length: number }
  /** The route to the server now begins at another local address. */
  | { readonly kind: 'route-changed'; readonly detail: string }
  | { readonly kind: 'stopped' };

/** One phrase for the log and the status, which fits behind "tunnel down: ". */
export function describeCause(cause: DisconnectCause): string {
  switch (cause.kind) {
    case 'unreachable':
    case 'server-untrusted':
    case 'handshake-failed':
    case 'route-changed':
      return cause.detail;
    case 'refused':
      return `the server refused this client: ${cause.detail}`;
    case 'closed':
      return 'the server closed the connection';
    case 'connection-lost':
      return `connection lost: ${cause.detail}`;
    case 'heartbeat-timeout':
      return 'no answer to the heartbeat';
    case 'bad-frame':
      return `the server sent a frame of ${cause.length} bytes, more than the protocol allows`;
    case 'stopped':
      return 'stopped';
  }
}
