/**
 * Every failure of this package is an XttError. Branch on `code`; the message is for the operator. No message contains
 * a key or a secret. Of what the peer chose, only the numbers of a message's header are quoted: its length, version and
 * suite.
 */

export type XttErrorCode =
  /** A message, point, certificate or other value is not what its format says; an `XttParseError`. */
  | 'malformed'
  /** The peer speaks another version of XTT. */
  | 'version'
  /** The peer uses another cipher suite, or offers one that this end does not have. */
  | 'suite'
  /** A message that has no place at this point of the handshake, such as a repeated one. */
  | 'unexpected-message'
  /** The peer sent an XTT Error message. It carries no reason. */
  | 'peer-error'
  /** X25519 gives zero with the peer's public key. */
  | 'key-agreement'
  /** A message does not decrypt: it was changed on its way, or the ends do not have the same keys. */
  | 'decryption'
  /** The server's certificate was issued by another root. */
  | 'root'
  /** The root's signature of the server's certificate is wrong. */
  | 'certificate-signature'
  /** The server's signature of the handshake is wrong. */
  | 'server-signature'
  /** The client returned another cookie than the server sent. */
  | 'cookie'
  /** The longterm key's signature of the handshake is wrong. */
  | 'longterm-signature'
  /** The group is not one of the server's. */
  | 'group'
  /** The DAA signature of the handshake is wrong. */
  | 'daa-signature'
  /** The member is on the server's revocation list. */
  | 'revoked'
  /** The server has no id for the client, or not the one that it asked for. */
  | 'client-id'
  /** The server confirmed another longterm key than the client's. */
  | 'longterm-key'
  /** The member's key, or the TPM that holds it, does not fit the credential, or gave an unusable answer. */
  | 'member'
  /** The handshake took longer than it may. */
  | 'timeout'
  /** A function was called with an argument that it cannot use, or out of order: a mistake of the caller. */
  | 'usage';

export class XttError extends Error {
  readonly code: XttErrorCode;

  constructor(code: XttErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** Outside input that is not what its format says. */
export class XttParseError extends XttError {
  /** What was being read, for example `"ClientInit"`. */
  readonly what: string;
  /** Offset of the first unusable byte from the start of `what`. */
  readonly offset: number;

  constructor(what: string, offset: number, problem: string, options?: ErrorOptions) {
    super('malformed', `${what}, offset ${offset}: ${problem}`, options);
    this.what = what;
    this.offset = offset;
  }
}

/** Refuses an argument of the wrong size: a mistake of the caller, never of a peer. */
export function requireLength(what: string, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) {
    throw new XttError('usage', `${what} has ${bytes.length} bytes; expected ${length}`);
  }
}

/** Refuses outside input of the wrong size. */
export function parseLength(what: string, bytes: Uint8Array, length: number): void {
  if (bytes.length === length) return;
  const offset = Math.min(bytes.length, length);
  throw new XttParseError(what, offset, `has ${bytes.length} bytes; expected ${length}`);
}
