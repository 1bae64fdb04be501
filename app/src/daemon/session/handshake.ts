/** One TLS handshake over a connected stream, by the library that is to carry the tunnel. */
import type { Duration } from '../../core/time.ts';
import type { Identity } from '../../identity/identity.ts';
import { createTlsContext } from '../../identity/tls-context.ts';
import type { ReleaseChunk } from '../../uplink/chunk-memory.ts';
import { watchCloseNotify } from '../../uplink/close-notify.ts';
import type { HelloNames } from '../../uplink/hello-offers.ts';
import { NodeStream } from '../../uplink/node-stream.ts';
import type { SecureStream } from '../../uplink/secure-stream.ts';
import { queueOf, StreamProgress } from '../../uplink/stream-progress.ts';
import { agreedOn, openTls } from '../../uplink/tls.ts';
import type { TransportStream } from '../../uplink/transport.ts';

export interface HandshakeOptions {
  readonly identity: Identity;
  readonly hello: HelloNames;
  readonly serverName: string | undefined;
  readonly serverPins: readonly string[];
  /** See `TlsOptions`. */
  readonly onNotYetValid: ((begins: Date) => void) | undefined;
  readonly handshakeDeadline: Duration;
  readonly signal: AbortSignal;
}

/**
 * Resolves after a handshake in which the server proved itself. Rejects with an UplinkError, or an EnvironmentError for
 * an identity that the library does not use. Owns what it runs over from the moment at which it resolves.
 */
export type Handshake = (
  below: TransportStream,
  options: HandshakeOptions,
) => Promise<SecureStream>;

/** By `node:tls`. */
export function nodeHandshake(release?: ReleaseChunk): Handshake {
  return async (below, { identity, hello, ...options }) => {
    const context = createTlsContext(identity, hello);
    const session = await openTls(below.stream, { ...options, context, roots: identity.ca });
    const progress = new StreamProgress(() => queueOf(below.stream));
    return new NodeStream({
      session,
      agreed: agreedOn(session),
      isClosedByServer: watchCloseNotify(session, below.stream),
      hasMoved: () => progress.hasMoved(),
      release,
    });
  };
}
