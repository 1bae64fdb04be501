/** Why there is no tunnel, or no longer one, and the words for it. */

/** Each cause at which an attempt or a session can end. */
export type DisconnectCause =
  /** No TCP connection to any address of any server. */
  | { readonly kind: 'unreachable'; readonly detail: string }
  /** We refuse the server: its certificate, name or key is not what the configuration asks for. */
  | { readonly kind: 'server-untrusted'; readonly detail: string }
  /** TLS failed otherwise, or took too long. */
  | { readonly kind: 'handshake-failed'; readonly detail: string }
  /** An alert or an orderly end inside the finished TLS session: the server itself refuses us. */
  | { readonly kind: 'refused'; readonly detail: string }
  /** The server closed the connection, in whatever way. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'connection-lost'; readonly detail: string }
  | { readonly kind: 'heartbeat-timeout' }
  /** After the handshake the server never sent a byte, asked or not. */
  | { readonly kind: 'silent' }
  /** A frame longer than any peer may send: the stream cannot be read on. */
  | { readonly kind: 'bad-frame'; readonly length: number }
  /** The route to the server now begins at another local address. */
  | { readonly kind: 'route-changed'; readonly detail: string }
  /**
   * Another connection stands and carries the tunnel from now on: a better transport works again, or the network moved.
   */
  | { readonly kind: 'moved'; readonly detail: string }
  /** The configuration or the identity is another one. */
  | { readonly kind: 'reloaded' }
  | { readonly kind: 'stopped' };

/** One phrase for the log and the status, which fits behind "tunnel down: ". */
export function describeCause(cause: DisconnectCause): string {
  switch (cause.kind) {
    case 'unreachable':
    case 'server-untrusted':
    case 'handshake-failed':
    case 'route-changed':
    case 'moved':
      return cause.detail;
    case 'refused':
      return `the server refused this client: ${cause.detail}`;
    case 'closed':
      return 'the server closed the connection';
    case 'connection-lost':
      return `connection lost: ${cause.detail}`;
    case 'heartbeat-timeout':
      return 'no answer to the heartbeat';
    case 'silent':
      return 'the server accepted the connection and then sent nothing';
    case 'bad-frame':
      return `the server sent a frame of ${cause.length} bytes, more than the protocol allows`;
    case 'reloaded':
      return 'the configuration or the identity has changed';
    case 'stopped':
      return 'stopped';
  }
}

/** What the operator can do; empty when there is nothing but to wait, or the words say it already. */
export function nextStepFor(cause: DisconnectCause): string {
  switch (cause.kind) {
    case 'refused':
      return 'ask the operator of the ENF whether this certificate is still registered, or provision the device again';
    case 'silent':
      return 'the ENF may be overloaded; if this lasts, contact its operator';
    case 'bad-frame':
      return 'check that remote.hosts and remote.port name an ENF server; if they do, contact its operator';
    case 'heartbeat-timeout':
    case 'connection-lost':
      return 'if this repeats, check the uplink';
    case 'closed':
      return 'if this repeats, contact the operator of the ENF';
    case 'unreachable':
    case 'server-untrusted':
    case 'handshake-failed':
    case 'route-changed':
    case 'moved':
    case 'reloaded':
    case 'stopped':
      return '';
  }
}
