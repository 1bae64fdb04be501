/**
 * Distinguishes an orderly end of a TLS session (close_notify, RFC 8446 section 6.1) from a connection that was merely
 * cut. Anybody on the way can cut a connection, but only the server can write a record. Node.js shows both as the same
 * `end`.
 *
 * What it does show is how many bytes have arrived below TLS. Before the first byte of data a server writes at most
 * session tickets and then its close_notify, and each ticket is an event. So a session that ends without an error and
 * without data, exactly one alert record after the handshake or the last ticket, was closed by the server: a forged
 * record would have been an error. A close_notify that arrives in one piece with a ticket is not recognised, and counts
 * as cut. Who cuts the connection inside a ticket after just as many bytes is taken for the server; the three closes in
 * a row of `session-policy.ts` are as easy to cause.
 */
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

const recordHeaderLength = 5;
const alertLength = 2;
const tagLength = 16;

/** On the wire, by version: TLS 1.3 hides the type in one more byte, GCM in TLS 1.2 sends a nonce of eight. */
const closeNotifyLengths: Readonly<Record<string, readonly number[]>> = {
  'TLSv1.3': [recordHeaderLength + alertLength + 1 + tagLength],
  'TLSv1.2': [
    recordHeaderLength + alertLength + tagLength,
    recordHeaderLength + 8 + alertLength + tagLength,
  ],
};

/**
 * Call right after the handshake, with the stream below. The function returned is to be called when the session has
 * ended without an error and before any data came: true if the server closed it. Always false over a stream that
 * does not count its bytes.
 */
export function watchCloseNotify(session: TLSSocket, below: Duplex): () => boolean {
  const lengths = closeNotifyLengths[session.getProtocol() ?? ''] ?? [];
  let accountedFor = bytesRead(below);
  session.on('session', () => (accountedFor = bytesRead(below)));
  return () => {
    const now = bytesRead(below);
    return now !== undefined && accountedFor !== undefined && lengths.includes(now - accountedFor);
  };
}

function bytesRead(stream: Duplex): number | undefined {
  return 'bytesRead' in stream && typeof stream.bytesRead === 'number'
    ? stream.bytesRead
    : undefined;
}
