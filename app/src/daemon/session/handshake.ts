/** One TLS handshake over a connected stream, by the library that is to carry the tunnel. */
import type { SecureContext } from 'node:tls';
import { EnvironmentError } from '../../core/errors.ts';
import type { Duration } from '../../core/time.ts';
import type { Identity } from '../../identity/identity.ts';
import { IdentityError } from '../../identity/identity-error.ts';
import { createNativeContext } from '../../identity/native-tls-context.ts';
import { isTpmKey } from '../../identity/private-key.ts';
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
import { UplinkError } from '../../uplink/uplink-error.ts';

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
  /** Of a key in a TPM, where each context takes a place: one per hello, of which there are two at a time. */
  #kept: { readonly identity: string; readonly contexts: Map<string, SecureContext> } | undefined;

  constructor(release?: ReleaseChunk) {
    this.#release = release;
  }

  async handshake(
    below: TransportStream,
    { identity, hello, ...options }: HandshakeOptions,
  ): Promise<SecureStream> {
    const context = this.#contextFor(identity, hello);
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

  #contextFor(identity: Identity, hello: HelloNames): SecureContext {
    if (!isTpmKey(Buffer.from(identity.key))) return createTlsContext(identity, hello);
    const subject = JSON.stringify([identity.ca, identity.cert, identity.key]);
    if (this.#kept?.identity !== subject) this.#kept = { identity: subject, contexts: new Map() };
    const { contexts } = this.#kept;
    const wanted = JSON.stringify(hello);
    const context = contexts.get(wanted) ?? contextOfTpmKey(identity, hello);
    if (contexts.size >= mostContexts) contexts.clear();
    contexts.set(wanted, context);
    return context;
  }
}

const mostContexts = 2;

function contextOfTpmKey(identity: Identity, hello: HelloNames): SecureContext {
  try {
    return createTlsContext(identity, hello);
  } catch (cause) {
    if (!(cause instanceof IdentityError)) throw cause;
    const problem = `node:tls cannot use the key in the TPM (${cause.errno})`;
    const advice = 'set remote.tls = "native", or activate the provider tpm2 in openssl.cnf';
    throw new EnvironmentError(`${problem}; ${advice}`, {
      ...{ errno: cause.errno, syscall: 'TLS context', cause },
    });
  }
}

/** Whether a handshake has ended with this code since our key did not sign. */
function isOwnSignature(code: string): boolean {
  return /_CANNOT_(?:SIGN|HASH)$|_AUTHORIZATION_FAILURE$/.test(code);
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
    try {
      return await openNativeTls(below, { ...options, context, roots: identity.ca });
    } catch (error) {
      if (error instanceof UplinkError && isOwnSignature(error.errno)) identity.tpmKey?.close();
      throw error;
    }
  }
}
