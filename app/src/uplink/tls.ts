/**
 * TLS over a connected socket, as the ENF wants it: at least version 1.2, the server's chain below the configured roots
 * only, our certificate always. Names are not checked and no server name is sent unless `remote.server_name` asks
 * for both; `remote.server_pins` narrows the acceptable keys. Nothing in the environment can weaken any of this.
 */
import type { X509Certificate } from 'node:crypto';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';
import { seconds, type Duration } from '../core/time.ts';
import { failureOf, judge, type Expectations } from './server-verdict.ts';
import { asTlsFailure } from './tls-failure.ts';
import { UplinkError, stoppedError } from './uplink-error.ts';

export interface TlsOptions extends Expectations {
  /** With the roots, our certificate and its key. */
  readonly context: tls.SecureContext;
  /**
   * Given where this machine's clock is not synchronized: a certificate that is good but for not having begun is then
   * accepted, and the start of its validity reported.
   */
  readonly onNotYetValid?: ((begins: Date) => void) | undefined;
  readonly handshakeDeadline?: Duration;
  readonly signal: AbortSignal;
}

export const usualHandshakeDeadline = seconds(15);

/**
 * Resolves after a handshake in which the server proved itself; nothing was read yet. Rejects with an UplinkError.
 * Owns `socket` from the call on and destroys it on failure. An error later on is lost unless the caller listens, but
 * never ends the process: check `destroyed` first.
 */
export async function openTls(socket: Duplex, options: TlsOptions): Promise<tls.TLSSocket> {
  try {
    if (options.signal.aborted) throw stoppedError('TLS handshake');
    return await handshake(startTls(socket, options), options);
  } catch (error) {
    socket.destroy();
    throw asTlsFailure(error);
  }
}

function startTls(socket: Duplex, { context, serverName, onNotYetValid }: TlsOptions) {
  const session = tls.connect({
    socket,
    secureContext: context,
    // Said explicitly, or NODE_TLS_REJECT_UNAUTHORIZED=0 would turn it off.
    // Where the clock may be wrong, `judge` decides instead.
    rejectUnauthorized: onNotYetValid === undefined,
    // `judge` looks at the name.
    checkServerIdentity: () => undefined,
    ...(serverName !== undefined && { servername: serverName }),
  });
  // Node.js would describe the whole chain to the function above. Nothing here needs that, and at keys on curves that
  // NIST has no name for it ends the process in some releases.
  session.getPeerCertificate = () => Object.create(null) as tls.DetailedPeerCertificate;
  return session;
}

function handshake(session: tls.TLSSocket, options: TlsOptions): Promise<tls.TLSSocket> {
  const { signal, handshakeDeadline = usualHandshakeDeadline, onNotYetValid } = options;
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => fail(handshakeTimeout(handshakeDeadline)), handshakeDeadline);
    const onAbort = (): void => fail(stoppedError('TLS handshake'));
    signal.addEventListener('abort', onAbort);
    const onEarlyClose = (): void => fail(closedEarly());
    let leaf: X509Certificate | undefined;
    // Before the library's verdict: with a bad one it destroys the session, and the certificate with it.
    session.prependOnceListener('secure', () => (leaf = peerOf(session)));
    session.once('secureConnect', () => {
      try {
        const begins = judge(session, leaf, options);
        if (begins !== undefined) onNotYetValid?.(begins);
      } catch (error) {
        return fail(error);
      }
      release();
      resolve(session);
    });
    session.on('error', (error: Error) => fail(failureOf(session, leaf, options, error)));
    session.once('close', onEarlyClose);

    function release(): void {
      clearTimeout(deadline);
      signal.removeEventListener('abort', onAbort);
      session.off('close', onEarlyClose);
    }
    function fail(error: unknown): void {
      release();
      session.destroy();
      reject(asTlsFailure(error));
    }
  });
}

/** Protocol version and cipher, for people. A session that has ended has neither. */
export function agreedOn(session: tls.TLSSocket): string {
  // Typed as always there.
  const cipher = session.getCipher() as tls.CipherNameAndProtocol | undefined;
  return `${session.getProtocol() ?? 'TLS'}, ${cipher?.name ?? 'ended'}`;
}

/** To be asked once only: Node.js takes the certificate out of the chain that it reads it from. */
function peerOf(session: tls.TLSSocket): X509Certificate | undefined {
  try {
    return session.getPeerX509Certificate();
  } catch {
    // The certificate is unreadable: it matches neither name nor pin.
    return undefined;
  }
}

/** There was no handshake in that time. */
export function handshakeTimeout(deadline: Duration): UplinkError {
  return new UplinkError(
    'handshake-failed',
    `no TLS handshake within ${deadline / 1000} s; is there a TLS server behind this address and port?`,
    { errno: 'ETIMEDOUT', syscall: 'TLS handshake' },
  );
}

/** There was no handshake, since the connection had ended. */
export function closedEarly(): UplinkError {
  return new UplinkError('handshake-failed', 'the server closed during the TLS handshake', {
    errno: 'ECONNRESET',
    syscall: 'TLS handshake',
  });
}
