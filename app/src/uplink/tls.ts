/**
 * TLS over a connected socket, as the ENF wants it: at least version 1.2, the server's chain below the configured roots
 * only, our certificate always. Names are not checked and no server name is sent unless `remote.server_name` asks
 * for both; `remote.server_pins` narrows the acceptable keys. Nothing in the environment can weaken any of this.
 */
import type { X509Certificate } from 'node:crypto';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';
import { seconds, type Duration } from '../core/time.ts';
import { keyPin } from './key-pin.ts';
import { isOnlyNotYetValid } from './not-yet-valid.ts';
import { distrustOf, tlsFailure } from './tls-failure.ts';
import { UplinkError, stoppedError } from './uplink-error.ts';

/** All PEM. */
export interface TlsCredentials {
  /** Trusted roots for the server. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface TlsOptions {
  readonly credentials: TlsCredentials;
  readonly serverName: string | undefined;
  /** SHA-256 of acceptable SubjectPublicKeyInfo structures, base64; empty: any key below the roots. */
  readonly serverPins: readonly string[];
  /**
   * Given where nobody keeps this machine's clock right: a certificate that is good but for not having begun is then
   * accepted, and its begin told.
   */
  readonly onNotYetValid?: ((begins: Date) => void) | undefined;
  readonly handshakeDeadline?: Duration;
  readonly signal: AbortSignal;
}

/**
 * Resolves after a handshake in which the server proved itself; nothing was read yet. Rejects with an UplinkError.
 * Owns `socket` from the call on and destroys it on failure. An error later on is lost unless the caller listens, but
 * never ends the process: check `destroyed` first.
 */
export function openTls(socket: Duplex, options: TlsOptions): Promise<tls.TLSSocket> {
  const { signal, handshakeDeadline = seconds(15) } = options;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      socket.destroy();
      return reject(stoppedError('TLS handshake'));
    }
    const secured = startTls(socket, options);
    const deadline = setTimeout(() => fail(handshakeTimeout(handshakeDeadline)), handshakeDeadline);
    const onAbort = (): void => fail(stoppedError('TLS handshake'));
    signal.addEventListener('abort', onAbort);
    const onEarlyClose = (): void => fail(closedEarly());

    secured.once('secureConnect', () => {
      // Once only: Node.js takes the certificate out of the chain that it reads it from.
      const leaf = secured.getPeerX509Certificate();
      const distrust = checkChain(secured, leaf, options) ?? checkPins(leaf, options.serverPins);
      if (distrust !== undefined) return fail(distrust);
      if (!secured.authorized && leaf) options.onNotYetValid?.(new Date(leaf.validFrom));
      release();
      resolve(secured);
    });
    secured.on('error', (error: NodeJS.ErrnoException) => fail(tlsFailure(secured, error)));
    secured.once('close', onEarlyClose);

    function release(): void {
      clearTimeout(deadline);
      signal.removeEventListener('abort', onAbort);
      secured.off('close', onEarlyClose);
    }
    function fail(error: UplinkError): void {
      release();
      secured.destroy();
      socket.destroy();
      reject(error);
    }
  });
}

function startTls(socket: Duplex, options: TlsOptions): tls.TLSSocket {
  const { credentials, serverName } = options;
  return tls.connect({
    socket,
    ca: credentials.ca,
    cert: credentials.cert,
    key: credentials.key,
    minVersion: 'TLSv1.2',
    ciphers: cipherOrder(tls.DEFAULT_CIPHERS, process.arch),
    // Said explicitly, or NODE_TLS_REJECT_UNAUTHORIZED=0 would turn it off.
    // Where the clock may be wrong, `checkChain` decides instead.
    rejectUnauthorized: options.onNotYetValid === undefined,
    ...(serverName === undefined
      ? { checkServerIdentity: () => undefined }
      : {
          servername: serverName,
          checkServerIdentity: (_: string, cert: tls.PeerCertificate) =>
            tls.checkServerIdentity(serverName, cert),
        }),
  });
}

/** 32-bit ARM cores have no AES instructions: there ChaCha20 is several times as fast. */
export function cipherOrder(ciphers: string, arch: string): string {
  if (arch !== 'arm') return ciphers;
  const names = ciphers.split(':');
  const isFirst = (name: string): boolean => name.includes('CHACHA20');
  return [...names.filter(isFirst), ...names.filter((name) => !isFirst(name))].join(':');
}

/** What the library says of the certificate stands, but for its time where the clock is known to be wrong. */
function checkChain(
  socket: tls.TLSSocket,
  leaf: X509Certificate | undefined,
  options: TlsOptions,
): UplinkError | undefined {
  if (socket.authorized) return undefined;
  const { credentials, serverName } = options;
  // Typed as an Error, but it holds the code of the verification result.
  const code = socket.authorizationError as unknown;
  if (code !== 'CERT_NOT_YET_VALID') return distrustOf(String(code));
  if (leaf === undefined || !isOnlyNotYetValid(leaf, credentials.ca, new Date())) {
    return distrustOf('CERT_UNTRUSTED');
  }
  // The library looks at the name only when all else was right.
  const wrongName = serverName && tls.checkServerIdentity(serverName, leaf.toLegacyObject());
  return wrongName ? distrustOf('ERR_TLS_CERT_ALTNAME_INVALID', wrongName) : undefined;
}

function checkPins(
  leaf: X509Certificate | undefined,
  pins: readonly string[],
): UplinkError | undefined {
  if (pins.length === 0) return undefined;
  const pin = leaf && keyPin(leaf);
  if (pin !== undefined && pins.includes(pin)) return undefined;
  return new UplinkError(
    'server-untrusted',
    `the server's key has pin ${pin ?? 'unknown'}, which remote.server_pins does not list; ` +
      'if the operator of the server confirms it, add it there',
    { errno: 'EKEYREJECTED', syscall: 'TLS handshake' },
  );
}

function handshakeTimeout(deadline: Duration): UplinkError {
  return new UplinkError(
    'handshake-failed',
    `no TLS handshake within ${deadline / 1000} s; is there a TLS server behind this address and port?`,
    { errno: 'ETIMEDOUT', syscall: 'TLS handshake' },
  );
}

function closedEarly(): UplinkError {
  return new UplinkError('handshake-failed', 'the server closed during the TLS handshake', {
    errno: 'ECONNRESET',
    syscall: 'TLS handshake',
  });
}
