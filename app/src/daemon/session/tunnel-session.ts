/**
 * One tunnel from the end of its handshake to its end: carries data, watches that the other side is alive, and ends
 * with exactly one cause. Ending never takes longer than a moment, whatever the other side does.
 */
import {
  after,
  elapsed,
  milliseconds,
  seconds,
  type Instant,
  type Clock,
} from '../../core/time.ts';
import type { DisconnectCause } from '../../tunnel/disconnect-cause.ts';
import { Heartbeat, type HeartbeatOptions, type HeartbeatStep } from '../../tunnel/heartbeat.ts';
import { heartbeatFrame } from '../../tunnel/heartbeat-message.ts';
import type { SessionEnd } from '../../tunnel/session-policy.ts';
import type { SecureStream, StreamEnd } from '../../uplink/secure-stream.ts';
import { isAlertCode } from '../../uplink/tls-failure.ts';
import type { TunnelListener } from '../packets/data-path.ts';
import type { DeadlineTimer, Timed } from '../../platform/deadline-timer.ts';

export interface TunnelSessionOptions {
  /** After the handshake, with nothing read yet. The session owns it. */
  readonly stream: SecureStream;
  /** Our address in the tunnel. */
  readonly address: Uint8Array;
  readonly dataPath: {
    /** Starts the stream, and passes its end on. */
    attach(tunnel: SecureStream, listener: TunnelListener): void;
    sendFirst(frame: Uint8Array): void;
    detach(): void;
  };
  readonly heartbeat: HeartbeatOptions;
  readonly clock: Clock;
  readonly timer: DeadlineTimer;
  /** The server has sent its first bytes. */
  readonly onAccepted: () => void;
  /** Once: see `SecureStream.areKeysWorn`. */
  readonly onKeysWorn: () => void;
}

/** Ends of ours, at which the other side is still there. */
const closeNotifyKinds: readonly DisconnectCause['kind'][] = [
  'stopped',
  'route-changed',
  'moved',
  'reloaded',
];
/** Between two looks at the keys, which only traffic wears: on the fastest way a few per cent of what they last for. */
const keyCheckInterval = seconds(10);
/** For an orderly close to leave the machine. */
const closeNotifyTime = milliseconds(200);

export class TunnelSession implements TunnelListener, Timed {
  /** Resolves when the session has ended; never rejects. */
  readonly ended: Promise<SessionEnd>;

  readonly #options: TunnelSessionOptions;
  readonly #heartbeat: Heartbeat;
  readonly #request: Uint8Array;
  readonly #startedAt: Instant;
  #lastHeard: Instant | undefined;
  #hasEnded = false;
  /** Undefined once they are worn. */
  #checkKeysAt: Instant | undefined;
  #resolve!: (end: SessionEnd) => void;

  constructor(options: TunnelSessionOptions) {
    const { stream, clock } = options;
    this.#options = options;
    this.#startedAt = clock.now();
    this.#checkKeysAt = after(this.#startedAt, keyCheckInterval);
    this.#heartbeat = new Heartbeat(options.heartbeat, this.#startedAt);
    this.#request = heartbeatFrame(options.address);
    this.ended = new Promise((resolve) => (this.#resolve = resolve));
    options.timer.add(this);
    options.dataPath.attach(stream, this);
    // The ENF decides about us after the handshake: its first byte is the proof, so it is asked for one.
    this.probe();
  }

  /** When the server sent its last byte; undefined before its first. */
  get lastHeard(): Instant | undefined {
    return this.#lastHeard;
  }

  heard(): void {
    const isFirst = this.#lastHeard === undefined;
    this.#lastHeard = this.#options.clock.now();
    this.#heartbeat.heard(this.#lastHeard, this.#options.stream.isWriting);
    if (isFirst) this.#options.onAccepted();
    this.#checkKeys(this.#lastHeard);
  }

  sent(): void {
    const now = this.#options.clock.now();
    this.#heartbeat.sent(now);
    this.#options.timer.refresh();
    this.#checkKeys(now);
  }

  badFrame(length: number): void {
    this.end({ kind: 'bad-frame', length });
  }

  streamEnded(end: StreamEnd): void {
    this.end(this.#causeOf(end));
  }

  /** Asks the other side for a sign of life now. */
  probe(): void {
    this.#act(this.#heartbeat.request(this.#options.clock.now()));
    this.#options.timer.refresh();
  }

  get deadline(): Instant {
    return this.#heartbeat.deadline;
  }

  expire(now: Instant): void {
    if (this.#options.stream.hasMoved()) this.#heartbeat.progressed(now);
    this.#act(this.#heartbeat.expire(now));
  }

  /** The first cause counts. */
  end(cause: DisconnectCause): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const { clock, timer, dataPath } = this.#options;
    timer.remove(this);
    dataPath.detach();
    const lived = elapsed(this.#startedAt, clock.now());
    void this.#close(cause).then(() =>
      this.#resolve({ cause, heardServer: this.#lastHeard !== undefined, lived }),
    );
  }

  #act(step: HeartbeatStep): void {
    if (this.#hasEnded) return;
    if (step === 'send') {
      this.#options.dataPath.sendFirst(this.#request);
      this.#options.stream.hasMoved();
    } else if (step === 'dead') {
      this.end({ kind: this.#lastHeard === undefined ? 'silent' : 'heartbeat-timeout' });
    }
  }

  #checkKeys(now: Instant): void {
    if (this.#checkKeysAt === undefined || now < this.#checkKeysAt) return;
    const areWorn = this.#options.stream.areKeysWorn();
    this.#checkKeysAt = areWorn ? undefined : after(now, keyCheckInterval);
    if (areWorn) this.#options.onKeysWorn();
  }

  #causeOf(end: StreamEnd): DisconnectCause {
    const wasHeard = this.#lastHeard !== undefined;
    switch (end.kind) {
      case 'cut':
        return { kind: 'closed' };
      case 'close-notify':
        if (wasHeard) return { kind: 'closed' };
        return { kind: 'refused', detail: 'it ended the session before its first byte' };
      case 'error': {
        const isRefusal = !wasHeard && isAlertCode(end.code);
        return { kind: isRefusal ? 'refused' : 'connection-lost', detail: end.code };
      }
    }
  }

  /** Sends a close_notify where the peer may still read, for a moment, and then closes the stream. */
  #close(cause: DisconnectCause): Promise<void> {
    const { stream, clock } = this.#options;
    if (!closeNotifyKinds.includes(cause.kind)) {
      stream.close();
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const finish = (): void => {
        cancel();
        stream.close();
        resolve();
      };
      const cancel = clock.schedule(closeNotifyTime, finish);
      stream.end(finish);
    });
  }
}
