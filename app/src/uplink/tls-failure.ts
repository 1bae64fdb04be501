/**
 * What an error of the TLS library means for the operator and for the session policy. Decided by the error's code and
 * never by its text. Whatever the library throws or reports about a connection comes through here, and is a failure of
 * that connection: what a server sends must not look like a mistake of ours.
 */
import { EnfError, EnvironmentError, InternalError } from '../core/errors.ts';
import { UplinkError } from './uplink-error.ts';

const maxCode = 80;

/**
 * The same error if it is one of ours already, else what an error of the library or of the connection means. What has
 * no code comes from neither: a mistake of ours stays one.
 */
export function asTlsFailure(error: unknown): Error {
  if (error instanceof UplinkError) return error;
  const errno = errnoOf(error);
  if (errno === undefined) return error instanceof Error ? error : new InternalError(String(error));
  const details = { errno, syscall: 'TLS handshake', cause: error };
  return new UplinkError('handshake-failed', `${handshakeWords(errno)} (${errno})`, details);
}

function errnoOf(error: unknown): string | undefined {
  if (error instanceof EnvironmentError) return error.errno;
  if (!(error instanceof Error) || error instanceof EnfError || !('code' in error))
    return undefined;
  return String(error.code).slice(0, maxCode);
}

/** True for the code of an error with which a TLS alert from the other side shows. */
export function isAlertCode(code: string | undefined): boolean {
  return code !== undefined && /^ERR_SSL_.*_ALERT_/.test(code);
}

/** True for the alert of a server that has nothing in common with what was offered (RFC 8446 section 6.2). */
export function isNothingInCommon(code: string): boolean {
  return isAlertCode(code) && /_ALERT_(?:HANDSHAKE_FAILURE|INSUFFICIENT_SECURITY)$/.test(code);
}

/** What is found first in bytes that are not record depends on the version of the library. */
const notTls: readonly string[] = [
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
];

/** ETIMEDOUT: the kernel has given the connection up; our own deadline has other words. */
const brokenConnection: readonly string[] = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT'];

function handshakeWords(errno: string): string {
  if (isNothingInCommon(errno)) {
    return 'the server accepts none of the keys and ciphers that this client offers';
  }
  if (isAlertCode(errno)) {
    return 'the server ended the TLS handshake with an alert; it may not accept our certificate';
  }
  if (brokenConnection.includes(errno)) {
    return 'the connection broke during the TLS handshake';
  }
  if (notTls.includes(errno)) {
    return 'the server at this address and port does not speak TLS';
  }
  return 'the TLS handshake failed';
}
