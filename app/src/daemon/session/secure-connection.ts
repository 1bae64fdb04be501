/**
 * From a connected stream to a TLS session. What a first handshake fails for may be mended in a second one, over a new
 * stream to the same server: with another ClientHello, or, where this machine's clock is not synchronized, with a
 * certificate that has not begun. A library that judges exactly accepts that one in the first.
 */
import { seconds, type Duration } from '../../core/time.ts';
import type { Identity } from '../../identity/identity.ts';
import { plainHello } from '../../identity/tls-context.ts';
import {
  firstOffer,
  givenUp,
  maxHellos,
  namesOf,
  nextOffer,
  type HelloMachine,
} from '../../uplink/hello-offers.ts';
import type { SecureStream } from '../../uplink/secure-stream.ts';
import { usualHandshakeDeadline } from '../../uplink/tls.ts';
import type { TransportStream } from '../../uplink/transport.ts';
import { UplinkError } from '../../uplink/uplink-error.ts';
import type { Config } from '../../config/config.ts';
import type { TlsClient } from './handshake.ts';

export interface SecureOptions {
  readonly remote: Pick<Config['remote'], 'serverName' | 'serverPins'>;
  readonly identity: Identity;
  readonly clock: ServerClock;
  readonly machine: HelloMachine;
  readonly tls: TlsClient;
  /** Another stream to the same server. */
  readonly connectAgain: () => Promise<TransportStream>;
  readonly signal: AbortSignal;
  /** Deadline of a handshake that can be retried with a shorter hello; the last one has longer. */
  readonly earlyDeadline?: Duration;
}

/** What is known of this machine's time of day. */
export interface ServerClock {
  /** The clock is synchronized. */
  isKept(): boolean;
  /** Takes a lower bound of the time of day from the server's certificate. */
  isAtLeast(date: Date): void;
}

export interface SecureConnection {
  readonly stream: SecureStream;
  /** As in `TransportStream`. */
  readonly localAddress: string | undefined;
  /** What of the first ClientHello was given up, in words; empty when nothing was. */
  readonly without: string;
}

const usualEarlyDeadline = seconds(7.5);
/** Each hello, and once more with a clock that may be wrong. */
const maxHandshakes = maxHellos + 1;

/** Owns the stream. Rejects with an UplinkError, or with what `connectAgain` rejects with. */
export async function secureConnection(
  first: TransportStream,
  options: SecureOptions,
): Promise<SecureConnection> {
  const { remote, identity, clock, machine, tls, connectAgain, signal } = options;
  const { earlyDeadline = usualEarlyDeadline } = options;
  const { serverPins } = remote;
  // RFC 6066 section 3: without the dot.
  const serverName = remote.serverName?.replace(/\.$/, '');
  const preferred = firstOffer(machine);
  let offer = preferred;
  let below = first;
  const learn = (begins: Date): void => clock.isAtLeast(begins);
  let onNotYetValid = tls.judgesExactly && !clock.isKept() ? learn : undefined;
  for (let count = 1; ; count++) {
    try {
      const stream = await tls.handshake(below, {
        identity,
        hello: namesOf(offer, plainHello),
        serverName,
        serverPins,
        onNotYetValid,
        handshakeDeadline: offer.isPostQuantum ? earlyDeadline : usualHandshakeDeadline,
        signal,
      });
      return { stream, localAddress: below.localAddress, without: givenUp(preferred, offer) };
    } catch (error) {
      below.stream.destroy();
      if (!(error instanceof UplinkError) || count === maxHandshakes) throw error;
      const next = nextOffer(offer, error);
      if (next !== undefined) offer = next;
      else if (isNotYetValid(error) && onNotYetValid === undefined && !clock.isKept()) {
        onNotYetValid = learn;
      } else throw withTried(error, givenUp(preferred, offer));
    }
    below = await connectAgain();
  }
}

/** The same failure, and that another ClientHello did not help. */
function withTried(error: UplinkError, without: string): UplinkError {
  if (without === '' || error.failure !== 'handshake-failed') return error;
  const { failure, message, errno, syscall } = error;
  const details = { errno, syscall, cause: error };
  return new UplinkError(failure, `${message}; tried ${without} too`, details);
}

function isNotYetValid(error: UplinkError): boolean {
  return error.errno === 'CERT_NOT_YET_VALID';
}
