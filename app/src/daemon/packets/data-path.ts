/**
 * Everything that packets pass through, for one tunnel address: both directions, their filters, the control frames and
 * the router port that answers the host. It outlives the tunnel: without one, the host still gets its answers, and its
 * data an ICMPv6 error. A new address needs a new data path.
 */
import type { Router } from '../../router/router.ts';
import type { Link } from '../../link/link.ts';
import { InboundFilter } from '../../tunnel/inbound-filter.ts';
import type { SecureStream, StreamEnd } from '../../uplink/secure-stream.ts';
import { ControlPath } from './control-path.ts';
import type { Clock } from '../../core/time.ts';
import type { DeadlineTimer } from '../../platform/deadline-timer.ts';
import { InboundPath } from './inbound-path.ts';
import { RouterPort } from './router-port.ts';
import { OutboundSorter } from './outbound-sorter.ts';
import { OutboundPath } from './outbound-path.ts';

export interface DataPathOptions {
  readonly address: Uint8Array;
  readonly allowIpv4: boolean;
  readonly link: Link;
  readonly router: Router;
  readonly clock: Clock;
  readonly timer: DeadlineTimer;
}

/** What a session needs of its tunnel: its end, and of its traffic once per burst, not per packet. */
export interface TunnelListener {
  heard(): void;
  sent(): void;
  badFrame(length: number): void;
  /** Everything that came before was delivered. */
  streamEnded(end: StreamEnd): void;
}

export class DataPath {
  readonly sorter: OutboundSorter;
  readonly inboundFilter: InboundFilter;
  readonly outbound: OutboundPath;
  readonly inbound: InboundPath;
  readonly control: ControlPath;
  readonly routerPort: RouterPort;
  readonly #link: Link;
  #listener: TunnelListener | undefined;

  constructor(options: DataPathOptions) {
    const { address, allowIpv4, link } = options;
    const { device } = link;
    this.#link = link;
    this.routerPort = new RouterPort(options);
    this.sorter = new OutboundSorter({ address, allowIpv4, routerPort: this.routerPort });
    this.inboundFilter = new InboundFilter({ address, allowIpv4 });
    this.outbound = new OutboundPath({
      device,
      sorter: this.sorter,
      onNoTunnel: (...args) => this.routerPort.noTunnel(...args),
      onSent: () => this.#listener?.sent(),
      onBlocked: () => this.#serveWhileBlocked(),
      clock: options.clock,
    });
    this.inbound = new InboundPath({
      device,
      filter: this.inboundFilter,
      onHeard: () => this.#listener?.heard(),
      onBadFrame: (length) => this.#listener?.badFrame(length),
    });
    this.control = new ControlPath({
      link,
      sorter: this.sorter,
      routerPort: this.routerPort,
      clock: options.clock,
      forward: (frames) => this.outbound.forward(frames),
    });
  }

  /** The link's device has packets. */
  readable(): void {
    this.outbound.readable();
    // Reading the batch has set control frames aside.
    if (this.#link.kind === 'ethernet') this.control.readable();
  }

  /** The link's device takes packets again: what the router has to say goes first. */
  writable(): void {
    if (this.#link.flush()) this.inbound.writable();
  }

  /** From now on the host's packets go into `tunnel`, and what comes out of it to the host. */
  attach(tunnel: SecureStream, listener: TunnelListener): void {
    this.#listener = listener;
    this.outbound.attach(tunnel);
    this.inbound.attach(tunnel);
    tunnel.start({
      onReadable: () => this.inbound.readable(),
      onEnd: (end) => {
        this.inbound.deliver();
        listener.streamEnded(end);
      },
    });
  }

  /** Sends a frame of ours into the tunnel, before the host's packets that wait for it. */
  sendFirst(frame: Uint8Array): void {
    this.outbound.sendFirst(frame);
  }

  /** Idempotent. */
  detach(): void {
    this.inbound.detach();
    this.outbound.detach();
    this.#listener = undefined;
  }

  /** Ends the answers to the host; the link stays open. */
  close(): void {
    this.detach();
    this.outbound.close();
    this.routerPort.close();
  }

  /** The tunnel takes nothing, but a host that gets no answers would give its router up. */
  #serveWhileBlocked(): void {
    this.outbound.gather();
    if (this.#link.kind === 'ethernet') this.control.readable();
  }
}
