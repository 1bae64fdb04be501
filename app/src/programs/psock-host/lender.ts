/**
 * Lends the sockets of this machine to one card: policy, way, TCP, and what is reported to the card and the reporter.
 * All sockets of a card are counted, those that are still being made and those that the card has closed and that only
 * have to get rid of their data; an attempt that the card gives up ends with that.
 */
import type { Socket } from 'node:net';
import {
  bridge,
  resultCode,
  resultOfErrno,
  type Answer,
  type Connecting,
  type SocketAddress,
  type SocketBridge,
} from 'hss';
import { connectTcp, TuntapError } from 'tuntap2';
import { addressBytes, addressText, unmapped } from './address-bytes.ts';
import type { TranslationPrefix } from './embedded-ipv4.ts';
import { DeviceError } from 'psock-host';
import { systemClock } from '../../platform/deadline-timer.ts';
import { kernelNetwork, type KernelNetwork } from './kernel-network.ts';
import { refusal, type Rule } from './policy.ts';
import { RateLimit } from './rate-limit.ts';
import type { Report } from './report.ts';
import { LentConnections } from './lent-connections.ts';
import { findWay, lossOf, type Course, type NoWay, type Way } from './way.ts';

export interface LenderOptions {
  readonly rules: readonly Rule[];
  readonly translationPrefixes?: readonly TranslationPrefix[];
  /** Connections of the card at a time. */
  readonly maxSockets: number;
  /** The card's own, by which nothing may leave. Throws a DeviceError if they cannot be listed. */
  readonly deviceInterfaces: () => readonly string[];
  readonly report: Report;
  /** Notify the card: a new connection may use another network than the existing ones. */
  readonly onMoved?: () => void;
  readonly kernel?: KernelNetwork;
  readonly connect?: typeof connectTcp;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

/** Shorter than the 30 s after which a card of the C system gives up. */
const connectMs = 20_000;
/** A server that acknowledges nothing for so long is gone. */
const userTimeoutMs = 60_000;
/** More than any honest card needs; each attempt sends a packet to a third party. */
const attemptsAtOnce = 64;
const attemptsPerSecond = 8;

/** Why an attempt ended without a connection, for the report; the card receives only the result code. */
interface Failure {
  readonly event: 'refused' | 'failed';
  readonly errno: string;
  readonly reason: string;
}

export class SocketLender {
  readonly #options: LenderOptions;
  readonly #kernel: KernelNetwork;
  readonly #connectTcp: typeof connectTcp;
  readonly #now: () => number;
  readonly #attempts: RateLimit;
  readonly #lent: LentConnections;
  /** One for each socket of this machine that the card has to do with. */
  readonly #places = new Set<symbol>();

  constructor(options: LenderOptions) {
    this.#options = options;
    this.#kernel = options.kernel ?? kernelNetwork;
    this.#connectTcp = options.connect ?? connectTcp;
    this.#now = options.now ?? (() => systemClock.now());
    this.#attempts = new RateLimit(attemptsAtOnce, attemptsPerSecond, this.#now());
    this.#lent = new LentConnections({
      deviceInterfaces: options.deviceInterfaces,
      kernel: this.#kernel,
      onMoved: options.onMoved ?? (() => undefined),
      now: this.#now,
    });
  }

  /** Sockets of this machine that the card has to do with, now. */
  get socketCount(): number {
    return this.#places.size;
  }

  /**
   * The network of this machine may have changed. Returns after how many milliseconds to look again, if at all. A
   * kernel that does not answer is asked at the next change.
   */
  networkChanged(): number | undefined {
    try {
      return this.#lent.look();
    } catch (error) {
      if (!isOfMachine(error)) throw error;
      return undefined;
    }
  }

  /** As many as the card may have may also be on their way out. */
  get #maxPlaces(): number {
    return 2 * this.#options.maxSockets;
  }

  /** For `HostSession`: makes one connection for the card. */
  connect(to: SocketAddress, answer: Answer): Connecting {
    const { report } = this.#options;
    const destination = unmapped(to.address);
    const place = { address: addressText(destination), port: to.port };
    const ending = new AbortController();
    let connected: SocketBridge | undefined;
    const fail = ({ event, errno, reason }: Failure): void => {
      if (ending.signal.aborted) return;
      report(
        event === 'refused' ? { event, ...place, reason } : { event, ...place, errno, reason },
      );
      answer(resultOfErrno(errno));
    };
    this.#attempt(destination, to.port, ending.signal).then(
      ({ stream, course }) => {
        const forget = this.#lent.add(course, (reason) => {
          report({ event: 'reset', ...place, reason });
          stream.destroy();
        });
        stream.once('close', () => {
          forget();
          const { bytesWritten, bytesRead } = stream;
          report({ event: 'closed', ...place, sent: bytesWritten, received: bytesRead });
        });
        connected = bridge(stream);
        report({ event: 'connected', ...place, device: course.device });
        answer(resultCode.success);
      },
      (error: unknown) => fail(explain(error)),
    );
    return {
      onEstablished: (socket) => connected?.attach(socket),
      onData(data, consumed) {
        if (connected === undefined) consumed();
        else connected.onData(data, consumed);
      },
      onEnd: () => connected?.onEnd(),
      onClose(errno) {
        ending.abort();
        connected?.onClose(errno);
      },
    };
  }

  /** A connection that may be used. Rejects with an `AttemptFailed` or a TuntapError. */
  async #attempt(
    destination: Uint8Array,
    port: number,
    signal: AbortSignal,
  ): Promise<{ stream: Socket; course: Course }> {
    const release = this.#takePlace();
    let way: Way | undefined;
    try {
      way = this.#wayTo(destination, port);
      const stream = await this.#connectTcp({
        address: addressText(destination),
        port,
        device: way.device,
        source: way.isLocalForced && way.local ? addressText(way.local) : undefined,
        timeoutMs: connectMs,
        userTimeoutMs,
        noDelay: true,
        signal,
      });
      stream.once('close', release);
      if (signal.aborted) {
        stream.destroy();
        throw new AttemptFailed({ event: 'failed', errno: 'ECANCELED', reason: 'given up' });
      }
      const course = this.#check(stream, destination, way);
      // The card may close its half first.
      stream.allowHalfOpen = true;
      return { stream, course };
    } catch (error) {
      release();
      if (!signal.aborted && !isRefusal(error)) this.#lent.missed(destination, way);
      throw error;
    }
  }

  #takePlace(): () => void {
    if (this.#places.size >= this.#maxPlaces) {
      const reason = `${this.#places.size} sockets of this card are not closed yet`;
      throw new AttemptFailed({ event: 'failed', errno: 'EMFILE', reason });
    }
    if (!this.#attempts.take(this.#now())) {
      const reason = `the card asks for more than ${attemptsPerSecond} connections a second`;
      throw new AttemptFailed({ event: 'failed', errno: 'EAGAIN', reason });
    }
    const place = Symbol('socket');
    this.#places.add(place);
    return () => void this.#places.delete(place);
  }

  #wayTo(destination: Uint8Array, port: number): Way {
    const { rules, translationPrefixes, deviceInterfaces } = this.#options;
    const ownAddresses = () => this.#kernel.addresses().map(({ address }) => address);
    const closed = refusal(destination, port, { rules, translationPrefixes, ownAddresses });
    if (closed !== undefined) throw noWay({ kind: 'closed', reason: closed });
    const way = findWay(destination, deviceInterfaces(), this.#kernel);
    if (way.kind !== 'way') throw noWay(way);
    return way;
  }

  /** Routes may have changed while it was made: what it is now must be allowed, before a byte passes. */
  #check(stream: Socket, destination: Uint8Array, { device, linkIndex }: Way): Course {
    const local = addressBytes(stream.localAddress ?? '');
    const course = local && { destination, local, device, linkIndex };
    const loss = course
      ? lossOf(course, this.#options.deviceInterfaces(), this.#kernel)
      : ({ kind: 'none', reason: 'it has no address of its own' } as const);
    if (course !== undefined && loss === undefined) return course;
    stream.destroy();
    throw noWay(loss!);
  }
}

class AttemptFailed extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.reason);
    this.name = new.target.name;
    this.failure = failure;
  }
}

function noWay({ kind, reason }: NoWay): AttemptFailed {
  const event = kind === 'closed' ? 'refused' : 'failed';
  return new AttemptFailed({ event, errno: 'ENETUNREACH', reason });
}

/** No change of the network opens what the policy has closed. */
function isRefusal(error: unknown): boolean {
  return error instanceof AttemptFailed && error.failure.event === 'refused';
}

function explain(error: unknown): Failure {
  if (error instanceof AttemptFailed) return error.failure;
  if (!isOfMachine(error)) throw error;
  const errno = error instanceof TuntapError ? error.errno : 'EIO';
  return { event: 'failed', errno, reason: error.message };
}

/** This machine does not say what it was asked, for want of descriptors perhaps. */
function isOfMachine(error: unknown): error is TuntapError | DeviceError {
  return error instanceof TuntapError || error instanceof DeviceError;
}
