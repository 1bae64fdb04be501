/**
 * TLS over a connected socket, as the ENF wants it: at least version 1.2, the server's chain below the configured roots
 * only, our certificate always. Names are not checked and no server name is sent unless `remote.server_name` asks
 * for both; `remote.server_pins` narrows the acceptable keys. Nothing in the environment can weaken any of this.
 */
import type { Socket } from 'node:net';
import * as tls from 'node:tls';
import { seconds, type Duration } from '../core/time.ts';
import { keyPin } from './key-pin.ts';
import { tlsFailure } from './tls-failure.ts';
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
  readonly handshakeDeadline?: Duration;
  readonly signal: AbortSignal;
}

/**
 * Resolves after a handshake in which the server proved itself; nothing was read yet. Rejects with an UplinkError.
 * Owns `socket` from the call on and destroys it on failure. An error later on is lost unless the caller listens, but
 * never ends the process: check `destroyed` first.
 */
export function openTls(socket: Socket, options: TlsOptions): Promise<tls.TLSSocket> {
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
      const distrust = checkPins(secured, options.serverPins);
      if (distrust !== undefined) return fail(distrust);
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

function startTls(socket: Socket, options: TlsOptions): tls.TLSSocket {
  const { credentials, serverName } = options;
  return tls.connect({
    socket,
    ca: credentials.ca,
    cert: credentials.cert,
    key: credentials.key,
    minVersion: 'TLSv1.2',
    ciphers: cipherOrder(tls.DEFAULT_CIPHERS, process.arch),
    // Said explicitly, or NODE_TLS_REJECT_UNAUTHORIZED=0 would turn it off.
    rejectUnauthorized: true,
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

function checkPins(socket: tls.TLSSocket, pins: readonly string[]): UplinkError | undefined {
  if (pins.length === 0) return undefined;
  const certificate = socket.getPeerX509Certificate();
  const pin = certificate && keyPin(certificate);
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
