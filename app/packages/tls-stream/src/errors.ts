/** Failures of this package. Branch on the class and on `code`; the message is for the operator. */

export abstract class TlsStreamError extends Error {
  /** Stable; see each class. */
  readonly code: string;

  constructor(message: string, code: string, cause?: unknown) {
    super(`${message} (${code})`, { cause });
    this.name = new.target.name;
    this.code = code;
  }
}

/**
 * The addon cannot be used here; `node:tls` can. `"MISSING"`: it was not built. `"UNSUPPORTED"`: this Node.js does not
 * offer its OpenSSL to addons. `"UNUSABLE"`: it is damaged, or was built for another machine.
 */
export class TlsAddonError extends TlsStreamError {}

/**
 * `option` cannot be used. `code` is the reason of OpenSSL, as Node.js names it: `"ERR_SSL_…"`, `"ERR_OSSL_…"`. What is
 * not an error of OpenSSL, such as a server name that is an address, has `"ERR_INVALID_ARG_VALUE"`.
 */
export class TlsOptionError extends TlsStreamError {
  readonly option: string;

  constructor(option: string, message: string, code: string) {
    super(`${option}: ${message}`, code);
    this.option = option;
  }
}

/** This process, or the machine, is short of something. `code` is the errno: EMFILE, ENFILE, ENOMEM or ENOSPC. */
export class TlsShortageError extends TlsStreamError {}

/**
 * A key of a provider cannot be used. `stage`: the provider itself could not be loaded, it refuses the key, or the key
 * does not sign. `code` is the reason as OpenSSL and the provider name it: `"ERR_OSSL_CANNOT_LOAD_PARENT"`.
 */
export class TlsKeyError extends TlsStreamError {
  readonly stage: 'provider' | 'key' | 'signature';

  constructor(stage: TlsKeyError['stage'], message: string, code: string) {
    super(message, code);
    this.stage = stage;
  }
}

/**
 * There was no handshake. `code` is the reason of OpenSSL as Node.js names it (`"ERR_SSL_…"`, with `_ALERT_` in it for
 * an alert of the server), the errno of the connection (`"ECONNRESET"` also for a server that just closed), one of
 * `handshakeCodes`, or `"ECANCELED"` for the signal.
 */
export class TlsHandshakeError extends TlsStreamError {}

/** Codes of `TlsHandshakeError` that come neither from OpenSSL nor from the kernel; the name is that of Node.js. */
export const handshakeCodes = { timeout: 'ERR_TLS_HANDSHAKE_TIMEOUT' } as const;

/** The server is not to be trusted. `code` is that of Node.js, such as `"CERT_HAS_EXPIRED"`, or one of `trustCodes`. */
export class TlsTrustError extends TlsHandshakeError {
  /** Which certificate it is about: 0 is the server's own. */
  readonly depth: number;
  /** What the server showed, in DER, its own certificate first; at most ten. */
  readonly chain: readonly Uint8Array[];
  /** OpenSSL's words for it. */
  readonly reason: string;
  /** Of the server's key, as in `OpenTlsOptions.serverPins`; undefined if it could not be read. */
  readonly pin: string | undefined;

  constructor(
    message: string,
    details: {
      code: string;
      depth: number;
      chain: readonly Uint8Array[];
      reason: string;
      pin: string | undefined;
    },
  ) {
    super(message, details.code);
    this.depth = details.depth;
    this.chain = details.chain;
    this.reason = details.reason;
    this.pin = details.pin;
  }
}
