/**
 * As `tls.ts`, by the addon of `tls-stream`: on the descriptor of the connection, with the same OpenSSL. The library
 * judges the server within the handshake and names the first problem, so "not yet valid" needs no second look.
 */
import { X509Certificate } from 'node:crypto';
import { Socket } from 'node:net';
import {
  handshakeCodes,
  openTls,
  TlsHandshakeError,
  TlsOptionError,
  TlsShortageError,
  TlsTrustError,
  trustCodes,
  type KeyLimits,
  type TlsContext,
} from 'tls-stream';
import { EnvironmentError } from '../core/errors.ts';
import { distrustOf } from './distrust.ts';
import { NativeStream } from './native-stream.ts';
import type { SecureStream } from './secure-stream.ts';
import { notPinned } from './server-verdict.ts';
import { asTlsFailure } from './tls-failure.ts';
import { closedEarly, handshakeTimeout, usualHandshakeDeadline, type TlsOptions } from './tls.ts';
import type { TransportStream } from './transport.ts';
import { stoppedError } from './uplink-error.ts';

export interface NativeTlsOptions extends Omit<TlsOptions, 'context'> {
  readonly context: TlsContext;
  /** For tests. */
  readonly keyLimits?: KeyLimits | undefined;
}

/**
 * Whether the addon can take the connection over. A stream that is not on a descriptor it cannot; nor one from which
 * something has come already: a server that speaks before its client does not speak TLS, and `node:tls` names that.
 */
export function canTakeOver({ stream, descriptor }: TransportStream): boolean {
  if (descriptor !== undefined) return true;
  return stream instanceof Socket && stream.readableLength === 0 && stream.writableLength === 0;
}

/** Resolves after a handshake in which the server proved itself; rejects with an UplinkError. Owns the connection. */
export async function openNativeTls(
  below: TransportStream,
  options: NativeTlsOptions,
): Promise<SecureStream> {
  const { handshakeDeadline = usualHandshakeDeadline, onNotYetValid } = options;
  let secured: NativeStream | undefined;
  try {
    const stream = await openTls({
      context: options.context,
      // A socket of node:net gives its connection away; a descriptor stays with its stream, which ends with ours.
      socket: below.descriptor ?? (below.stream as Socket),
      serverName: options.serverName,
      serverPins: options.serverPins,
      acceptNotYetValid: onNotYetValid !== undefined,
      handshakeTimeoutMs: handshakeDeadline,
      signal: options.signal,
      ...(options.keyLimits && { keyLimits: options.keyLimits }),
    });
    secured = new NativeStream(stream, () => below.stream.destroy());
    if (stream.notYetValid !== undefined) onNotYetValid?.(stream.notYetValid);
    return secured;
  } catch (error) {
    secured?.close();
    below.stream.destroy();
    throw nativeTlsFailure(error, options);
  }
}

/** What a failure of the addon means for the operator and for the session policy. */
export function nativeTlsFailure(
  error: unknown,
  options: Pick<NativeTlsOptions, 'roots' | 'handshakeDeadline'>,
): Error {
  if (error instanceof TlsTrustError) return distrust(error, options);
  if (error instanceof TlsHandshakeError) {
    if (error.code === 'ECANCELED') return stoppedError('TLS handshake');
    if (error.code === handshakeCodes.timeout) {
      return handshakeTimeout(options.handshakeDeadline ?? usualHandshakeDeadline);
    }
    return asTlsFailure(error);
  }
  if (error instanceof TlsShortageError) {
    const details = { errno: error.code, syscall: 'TLS handshake', cause: error };
    const problem = `cannot start TLS: ${error.code}; this machine is short of files or memory`;
    return new EnvironmentError(problem, details);
  }
  // The connection has ended before it could be taken over.
  if (error instanceof TlsOptionError && error.option === 'socket') {
    return closedEarly();
  }
  if (error instanceof TlsOptionError) {
    const details = { errno: error.code, syscall: 'TLS handshake', cause: error };
    return new EnvironmentError(
      `the TLS library refuses the configuration: ${error.message}`,
      details,
    );
  }
  return asTlsFailure(error);
}

function distrust(error: TlsTrustError, { roots }: Pick<NativeTlsOptions, 'roots'>): Error {
  if (error.code === trustCodes.notPinned) return notPinned(error.pin);
  const [leaf, ...shown] = error.chain.map(certificateOf);
  return distrustOf(error.code, {
    leaf,
    shown: shown.filter((one) => one !== undefined),
    roots,
    now: new Date(),
    cause: error,
    reason: error.reason,
  });
}

/** Undefined for one that `node:crypto` cannot read. */
function certificateOf(der: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    return undefined;
  }
}
