/**
 * TLS as a client over a connected socket: the handshake, with a deadline. The server is judged within it, so one that
 * is not trusted does not even see our certificate.
 */
import type { Socket } from 'node:net';
import { getSystemErrorName } from 'node:util';
import type { TlsContext } from './context.ts';
import { descriptorOf } from './descriptor.ts';
import {
  handshakeCodes,
  TlsHandshakeError,
  TlsOptionError,
  TlsShortageError,
  TlsTrustError,
} from './errors.ts';
import { addon, endKind, sessionEvent, type NativeResult, type NativeSession } from './native.ts';
import { failureCode, NativeStream, pinText } from './native-stream.ts';
import { integerIn, timeoutIn } from './ranges.ts';
import { checkedServerName } from './server-name.ts';
import type { TlsStream } from './stream.ts';
import { verifyCode } from './verify-codes.ts';

export interface KeyLimits {
  /**
   * Records in one direction after which the keys are changed (RFC 8446 section 5.5): 1 to 2^23, the default, which is
   * 128 GiB of full records. After twice as many, where the peer does not change its keys, the session ends; so does
   * one of TLS 1.2.
   */
  readonly records?: number;
  /** Their longest use: 0 to 2^31, a day by default. Changed at the next read or write. */
  readonly seconds?: number;
}

export interface OpenTlsOptions {
  readonly context: TlsContext;
  /**
   * A connected stream socket, TCP or AF_UNIX. One of `node:net` belongs to this call and is destroyed, its connection
   * lives on. A descriptor is duplicated and stays the caller's, who must not read from it any more.
   */
  readonly socket: Socket | number;
  /**
   * The name of one host (RFC 1123), without a dot at its end: sent to the server (RFC 6066 section 3) and demanded of
   * its certificate. Absent: neither.
   */
  readonly serverName?: string | undefined;
  /** SHA-256 of acceptable SubjectPublicKeyInfo structures, base64; absent or empty: any key below the roots. */
  readonly serverPins?: readonly string[] | undefined;
  /**
   * For a machine whose clock may be behind: a chain is accepted with certificates that are not valid yet, if that is
   * all that is wrong with it. See `TlsStream.notYetValid`.
   */
  readonly acceptNotYetValid?: boolean;
  /** Of the whole handshake: 0 to 2^31 - 1. */
  readonly handshakeTimeoutMs: number;
  /** Aborting ends the handshake; after it it has no effect. */
  readonly signal?: AbortSignal | undefined;
  readonly keyLimits?: KeyLimits;
}

/** Twice as many, after which a session ends, are still fewer than the 2^24.5 of RFC 8446 section 5.5. */
const mostRecords = 2 ** 23;
const usualSeconds = 24 * 60 * 60;
const mostSeconds = 2 ** 31;
const mostDescriptor = 2 ** 31 - 1;
const pinBytes = 32;
/** ENOSPC: epoll(7) has a limit for each user. */
const shortages: readonly string[] = ['EMFILE', 'ENFILE', 'ENOMEM', 'ENOSPC'];

/**
 * Resolves after the handshake. Rejects with a TlsTrustError, another TlsHandshakeError, a TlsShortageError, a
 * TlsOptionError or a TlsAddonError; the connection is closed then, but for a descriptor of the caller's.
 */
export async function openTls(options: OpenTlsOptions): Promise<TlsStream> {
  const { socket, signal } = options;
  let secured: Promise<TlsStream>;
  try {
    if (signal?.aborted) throw aborted(signal);
    secured = handshake(typeof socket === 'number' ? socket : descriptorOf(socket), options);
  } finally {
    // The session has a descriptor of its own by now, and the socket would read what is meant for it.
    if (typeof socket !== 'number') socket.destroy();
  }
  return await secured;
}

function handshake(fd: number, options: OpenTlsOptions): Promise<TlsStream> {
  const { signal } = options;
  const handshakeTimeoutMs = timeoutIn('handshakeTimeoutMs', options.handshakeTimeoutMs);
  return new Promise((resolve, reject) => {
    let stream: NativeStream | undefined;
    const session = open(fd, options, (events) => {
      if (stream !== undefined) return stream.onEvent(events);
      const result = session.result();
      if (result === undefined) return;
      if (events !== sessionEvent.secure) return fail(failureOf(result));
      release();
      stream = new NativeStream(session, result);
      resolve(stream);
    });
    const deadline = setTimeout(() => fail(late(handshakeTimeoutMs)), handshakeTimeoutMs);
    const onAbort = (): void => fail(aborted(signal));
    signal?.addEventListener('abort', onAbort);

    function release(): void {
      clearTimeout(deadline);
      signal?.removeEventListener('abort', onAbort);
    }
    function fail(error: Error): void {
      release();
      session.close();
      reject(error);
    }
  });
}

function open(
  fd: number,
  options: OpenTlsOptions,
  onEvent: (events: number) => void,
): NativeSession {
  const { context, serverName, acceptNotYetValid = false, keyLimits = {} } = options;
  const { records = mostRecords, seconds = usualSeconds } = keyLimits;
  const session = addon().openSession(
    context.native,
    integerIn(['socket', 'the descriptor'], fd, [0, mostDescriptor]),
    // Empty: no name.
    serverName === undefined ? '' : checkedServerName(serverName),
    pinsOf(options.serverPins ?? []),
    acceptNotYetValid,
    integerIn(['keyLimits', 'records'], records, [1, mostRecords]),
    integerIn(['keyLimits', 'seconds'], seconds, [0, mostSeconds]),
    onEvent,
  );
  if (typeof session !== 'number') return session;
  const errno = getSystemErrorName(-session);
  if (shortages.includes(errno)) {
    throw new TlsShortageError('cannot create a TLS session: out of descriptors or memory', errno);
  }
  throw new TlsHandshakeError('the socket cannot be used', errno);
}

function pinsOf(pins: readonly string[]): Uint8Array {
  const all = pins.map((pin) => {
    const bytes = Buffer.from(pin, 'base64');
    if (bytes.length === pinBytes) return bytes;
    const problem = `${JSON.stringify(pin)} is not a SHA-256 in base64`;
    throw new TlsOptionError('serverPins', problem, 'ERR_INVALID_ARG_VALUE');
  });
  return Buffer.concat(all);
}

function failureOf(result: NativeResult): TlsHandshakeError {
  if (result.end === endKind.untrusted) {
    const { depth, chain, verifyText: reason } = result;
    const code = verifyCode(result.verifyError);
    const which =
      depth === 0 ? "the server's certificate" : `certificate ${depth} above the server's`;
    const message = `${which} was refused`;
    return new TlsTrustError(message, { code, depth, chain, reason, pin: pinText(result.pin) });
  }
  // Alerts are not authenticated yet, so a close_notify is treated like a closed connection.
  if (result.end === endKind.cut || result.end === endKind.closeNotify) {
    return new TlsHandshakeError('the server closed during the handshake', 'ECONNRESET');
  }
  return new TlsHandshakeError('the handshake failed', failureCode(result));
}

function late(timeoutMs: number): TlsHandshakeError {
  return new TlsHandshakeError(`no handshake within ${timeoutMs} ms`, handshakeCodes.timeout);
}

function aborted(signal: AbortSignal | undefined): TlsHandshakeError {
  return new TlsHandshakeError('the handshake was aborted', 'ECANCELED', signal?.reason);
}
