/**
 * Where the host is served: joins the router's state machine to the link and the clock. It reads the clock once per
 * burst, not per packet, and limits the rate of error reports before it allocates anything for them.
 */
import type { Instant } from '../../core/time.ts';
import { milliseconds } from '../../core/time.ts';
import type { RouterAction } from '../../router/router-action.ts';
import type { RouterCounters } from '../../router/router-counters.ts';
import type { Router } from '../../router/router.ts';
import { TokenBucket } from '../../core/token-bucket.ts';
import type { Link } from '../../link/link.ts';
import type { OutboundReports } from '../../tunnel/outbound-filter.ts';
import { unreachableCode } from '../../wire/icmpv6-error.ts';
import type { Clock, DeadlineTimer, Timed } from '../../platform/deadline-timer.ts';

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

export class RouterPort implements OutboundReports, Timed {
  readonly #router: Router;
  readonly #link: Pick<Link, 'perform'>;
  readonly #clock: Clock;
  readonly #timer: DeadlineTimer;
  /** For the host's bursts, and for frames that came with a MAC of their own: neither can use up the other's. */
  readonly #burstGates = new Gates();
  readonly #frameGates = new Gates();
  readonly #noTunnelGate = new TokenBucket(reportBurst, reportInterval);
  #now: Instant;
  #sourceMac: Uint8Array | undefined;

  constructor(options: RouterPortOptions) {
    this.#router = options.router;
    this.#link = options.link;
    this.#clock = options.clock;
    this.#timer = options.timer;
    this.#now = options.clock.now();
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

  /** Packets from now on came at this time, in a frame from `sourceMac` if the link has MAC addresses. */
  beginBurst(sourceMac?: Uint8Array): void {
    this.#now = this.#clock.now();
    this.#sourceMac = sourceMac;
  }

  control(buf: Uint8Array, packet: number, end: number): void {
    const { actions } = this.#router.receive(buf.subarray(packet, end), this.#sourceMac, this.#now);
    this.#perform(actions);
    this.#timer.refresh();
  }

  wrongSource(buf: Uint8Array, packet: number, end: number): void {
    if (!this.#gates.wrongSource.take(this.#now)) return;
    const code = unreachableCode.sourceAddressFailed;
    const offender = buf.subarray(packet, end);
    this.#perform(this.#router.unreachable(offender, this.#sourceMac, code, this.#now));
  }

  tooBig(buf: Uint8Array, packet: number, end: number): void {
    if (!this.#gates.tooBig.take(this.#now)) return;
    const offender = buf.subarray(packet, end);
    this.#perform(this.#router.packetTooBig(offender, this.#sourceMac, this.#now));
  }

  /** There is no tunnel for this packet, which has the tunnel's address: the host's, whatever came in meanwhile. */
  noTunnel(buf: Uint8Array, packet: number, end: number): void {
    if (!this.#noTunnelGate.take(this.#now)) return;
    const code = unreachableCode.noRoute;
    const offender = buf.subarray(packet, end);
    this.#perform(this.#router.unreachable(offender, undefined, code, this.#now));
  }

  /** The packet of this burst proved to be the host's own data. */
  learnFromData(sourceMac: Uint8Array): void {
    this.#perform(this.#router.learnFromData(sourceMac, this.#now));
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

  get #gates(): Gates {
    return this.#sourceMac === undefined ? this.#burstGates : this.#frameGates;
  }

  #perform(actions: readonly RouterAction[]): void {
    if (actions.length > 0) this.#link.perform(actions);
  }
}
