/** One TLS handshake over a connected stream, by the library that is to carry the tunnel. */
import type { Duration } from '../../core/time.ts';
import type { Identity } from '../../identity/identity.ts';
import { createNativeContext } from '../../identity/native-tls-context.ts';
import { createTlsContext } from '../../identity/tls-context.ts';
import type { ReleaseChunk } from '../../uplink/chunk-memory.ts';
import { watchCloseNotify } from '../../uplink/close-notify.ts';
import type { HelloNames } from '../../uplink/hello-offers.ts';
import { canTakeOver, openNativeTls } from '../../uplink/native-tls.ts';
import { NodeStream } from '../../uplink/node-stream.ts';
import type { SecureStream } from '../../uplink/secure-stream.ts';
import { carriedBytes, queueOf, StreamProgress } from '../../uplink/stream-progress.ts';
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

/** A library for TLS. */
export interface TlsClient {
  /** It can forgive "not yet valid" and nothing else of a chain, so that this may be asked of the first handshake. */
  readonly judgesExactly: boolean;
  /**
   * Resolves after a handshake in which the server proved itself. Rejects with an UplinkError, or an EnvironmentError
   * for what the library does not use. Owns what it runs over from the moment at which it resolves.
   */
  handshake(below: TransportStream, options: HandshakeOptions): Promise<SecureStream>;
}

/** `node:tls`. */
export class NodeTls implements TlsClient {
  readonly judgesExactly = false;
  readonly #release: ReleaseChunk | undefined;

  constructor(release?: ReleaseChunk) {
    this.#release = release;
  }

  async handshake(
    below: TransportStream,
    { identity, hello, ...options }: HandshakeOptions,
  ): Promise<SecureStream> {
    const context = createTlsContext(identity, hello);
    const session = await openTls(below.stream, { ...options, context, roots: identity.ca });
    const progress = new StreamProgress(() => queueOf(below.stream));
    return new NodeStream({
      session,
      agreed: agreedOn(session),
      isClosedByServer: watchCloseNotify(session, below.stream),
      hasMoved: () => progress.hasMoved(),
      // Of TLS itself: not every stream below counts.
      carriedBytes: () => carriedBytes(session),
      release: this.#release,
    });
  }
}

/** The addon of `tls-stream`. */
export class NativeTls implements TlsClient {
  readonly judgesExactly = true;
  readonly #other: TlsClient;

  /** `other`: for a connection that the addon cannot take over. */
  constructor(other: TlsClient) {
    this.#other = other;
  }

  async handshake(below: TransportStream, given: HandshakeOptions): Promise<SecureStream> {
    if (!canTakeOver(below)) return this.#other.handshake(below, given);
    const { identity, hello, ...options } = given;
    const context = createNativeContext(identity, hello);
    return await openNativeTls(below, { ...options, context, roots: identity.ca });
  }
}
