/**
 * What an error of the TLS library means for the operator and for the session policy. Decided by the error's code
 * and by whether the library rejected the server's certificate, never by its text.
 */
import type { TLSSocket } from 'node:tls';
import { UplinkError } from './uplink-error.ts';

/** Verification results (X509_V_ERR_* of OpenSSL) that have a next step of their own. */
const distrustWords = new Map([
  [
    'CERT_NOT_YET_VALID',
    "the server's certificate is not valid yet; is this machine's clock right?",
  ],
  [
    'CERT_HAS_EXPIRED',
    "the server's certificate has expired; if this machine's clock is right, tell the operator of the server",
  ],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    "the server's certificate is for another name than remote.server_name",
  ],
]);

const otherDistrust =
  "the server's certificate does not lead to a root in remote.ca_cert_file; " +
  'something on the way may be answering in its place, for example a captive portal';

export function tlsFailure(socket: TLSSocket, error: NodeJS.ErrnoException): UplinkError {
  const errno = error.code ?? 'EPROTO';
  // Typed as an Error, but it holds the code of the verification result; null or undefined when it was fine.
  const distrust = socket.authorizationError as unknown;
  if (distrust) return distrustOf(typeof distrust === 'string' ? distrust : errno, error);
  const details = { errno, syscall: 'TLS handshake', cause: error };
  return new UplinkError('handshake-failed', `${handshakeWords(errno)} (${errno})`, details);
}

/** The server's certificate was refused, with this code of the verification. */
export function distrustOf(code: string, cause?: unknown): UplinkError {
  const words = distrustWords.get(code) ?? otherDistrust;
  const details = { errno: code, syscall: 'TLS handshake', cause };
  return new UplinkError('server-untrusted', `${words} (${code})`, details);
}

/** True for the code of an error with which a TLS alert from the other side shows. */
export function isAlertCode(code: string | undefined): boolean {
  return code !== undefined && /^ERR_SSL_.*_ALERT_/.test(code);
}

function handshakeWords(errno: string): string {
  if (isAlertCode(errno)) {
    return 'the server ended the TLS handshake with an alert; it may not accept our certificate';
  }
  if (errno === 'ECONNRESET' || errno === 'EPIPE') {
    return 'the connection broke during the TLS handshake';
  }
  if (errno === 'ERR_SSL_WRONG_VERSION_NUMBER') {
    return 'what answers at this address and port does not speak TLS';
  }
  return 'the TLS handshake failed';
}
