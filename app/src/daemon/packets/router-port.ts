/**
 * Joins the router's state machine to the link and the clock. Error reports are limited in their rate before anything
 * is allocated for them. Packets are passed as `buf[packet, end)`, which is valid during the call only.
 */
import type { Instant, Clock } from '../../core/time.ts';
import { milliseconds } from '../../core/time.ts';
import type { RouterAction } from '../../router/router-action.ts';
import type { RouterCounters } from '../../router/router-counters.ts';
import type { Router } from '../../router/router.ts';
import { TokenBucket } from '../../core/token-bucket.ts';
import type { Link } from '../../link/link.ts';
import { unreachableCode } from '../../wire/icmpv6-error.ts';
import type { DeadlineTimer, Timed } from '../../platform/deadline-timer.ts';
import type { PacketOrigin } from './packet-origin.ts';

export interface RouterPortOptions {
  readonly router: Router;
  readonly link: Pick<Link, 'perform'>;
  readonly clock: Clock;
  readonly timer: DeadlineTimer;
}

/** Twice what the router answers, so that its own, exact limit decides. */
const reportBurst = 20;
const reportInterval = milliseconds(50);

class Gates {
  readonly tooBig = new TokenBucket(reportBurst, reportInterval);
  readonly wrongSource = new TokenBucket(reportBurst, reportInterval);
}

export class RouterPort implements Timed {
  readonly #router: Router;
  readonly #link: Pick<Link, 'perform'>;
  readonly #clock: Clock;
  readonly #timer: DeadlineTimer;
  /** For the host's bursts, and for frames that came with a MAC of their own: neither can use up the other's. */
  readonly #burstGates = new Gates();
  readonly #frameGates = new Gates();
  readonly #noTunnelGate = new TokenBucket(reportBurst, reportInterval);

  constructor(options: RouterPortOptions) {
    this.#router = options.router;
    this.#link = options.link;
    this.#clock = options.clock;
    this.#timer = options.timer;
    this.#timer.add(this);
  }

  /** What the router did and refused. */
  get counters(): Readonly<RouterCounters> {
    return this.#router.counters;
  }

  /** The host, once it is learned. */
  get host(): Router['host'] {
    return this.#router.host;
  }

  /** A whole IPv6 packet that stays on the link, in a frame from `mac` if the link has MAC addresses. */
  receive(packet: Uint8Array, mac: Uint8Array | undefined, now: Instant): void {
    this.#perform(this.#router.receive(packet, mac, now));
    this.#timer.refresh();
  }

  wrongSource(buf: Uint8Array, packet: number, end: number, { mac, now }: PacketOrigin): void {
    if (!this.#gatesFor(mac).wrongSource.take(now)) return;
    const code = unreachableCode.sourceAddressFailed;
    this.#perform(this.#router.unreachable(buf.subarray(packet, end), mac, code, now));
  }

  tooBig(buf: Uint8Array, packet: number, end: number, { mac, now }: PacketOrigin): void {
    if (!this.#gatesFor(mac).tooBig.take(now)) return;
    this.#perform(this.#router.packetTooBig(buf.subarray(packet, end), mac, now));
  }

  /** There is no tunnel for this packet, which has the tunnel's address: the host's, whatever came in meanwhile. */
  noTunnel(buf: Uint8Array, packet: number, end: number, now: Instant): void {
    if (!this.#noTunnelGate.take(now)) return;
    const code = unreachableCode.noRoute;
    this.#perform(this.#router.unreachable(buf.subarray(packet, end), undefined, code, now));
  }

  /** A packet in a frame from `mac` proved to be the host's own data. */
  learnFromData(mac: Uint8Array, now: Instant): void {
    this.#perform(this.#router.learnFromData(mac, now));
  }

  /** False: the frame has no usable sender. */
  acceptsFrom(sourceMac: Uint8Array): boolean {
    return this.#router.acceptsFrom(sourceMac);
  }

  /** A frame that is not IPv6. */
  ignoreFrame(etherType: number): void {
    this.#router.ignoreFrame(etherType);
  }

  carrierChanged(hasCarrier: boolean): void {
    if (hasCarrier) this.#perform(this.#router.linkUp(this.#clock.now()));
    else this.#router.linkDown();
    this.#timer.refresh();
  }

  /** Our own interface has this MAC address now. */
  macChanged(mac: Uint8Array): void {
    this.#perform(this.#router.macChanged(mac, this.#clock.now()));
    this.#timer.refresh();
  }

  get deadline(): Instant | undefined {
    return this.#router.deadline;
  }

  expire(now: Instant): void {
    this.#perform(this.#router.expire(now));
  }

  /** The system shuts down: the router is withdrawn from the host. */
  withdraw(): void {
    this.#perform(this.#router.shutdown());
    this.#timer.refresh();
  }

  /** Idempotent; says nothing more. */
  close(): void {
    this.#timer.remove(this);
  }

  #gatesFor(mac: Uint8Array | undefined): Gates {
    return mac === undefined ? this.#burstGates : this.#frameGates;
  }

  #perform(actions: readonly RouterAction[]): void {
    if (actions.length > 0) this.#link.perform(actions);
  }
}
