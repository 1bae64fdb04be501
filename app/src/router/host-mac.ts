/**
 * The host's MAC address: which frame may teach it, and when it is forgotten. All rules are here.
 *
 * There is one host on the cable, so this is one address and no neighbour cache. Learned is the source of the frame,
 * because that is where the link's data comes from; a source link-layer address option (RFC 4861 section 4.6.1) may
 * only agree with it. An address fixed by the configuration is never replaced. On a TUN nothing happens here.
 *
 * A message speaks for its own source address and for no other (RFC 4861 section 7.2.3). A station that sends data from
 * the tunnel's address has that address and gets its traffic at once. Solicitations and DHCPv6 messages can be sent by
 * any station on the link for itself: they teach only while no host is known. Later they make us ask the known host
 * whether it is still there, and count only if it does not answer.
 */
import { milliseconds, type Instant } from '../core/time.ts';
import { bytesEqual } from '../wire/bytes.ts';
import { isUnicastMac, macEquals } from '../wire/mac-address.ts';
import type { RouterAction } from './router-action.ts';
import { noActions } from './router-action.ts';
import type { RouterCounters } from './router-counters.ts';
import { ReachabilityProbe, solicit, type Station } from './reachability-probe.ts';
import { TokenBucket } from '../core/token-bucket.ts';

export interface HostMacOptions {
  /** Our own interface's address; undefined on a TUN. */
  readonly own: Uint8Array | undefined;
  readonly fixed: Uint8Array | undefined;
  /** The router's link-layer address as advertised to hosts. */
  readonly announced: Uint8Array | undefined;
  /** The tunnel's address. */
  readonly address: Uint8Array;
  /** The host that is there as long as the carrier is not lost: it was learned under other settings. */
  readonly present?: Station | undefined;
}

/** A valid message of a station, for itself. */
export interface Claim {
  readonly sourceMac: Uint8Array | undefined;
  /** The IPv6 source, of one node. */
  readonly source: Uint8Array;
  /** The source link-layer address option, if there was one. */
  readonly announced?: Uint8Array | undefined;
}

/** Notifying the link costs system calls: data from ever changing MACs must not. */
const changeBurst = 20;
const changeInterval = milliseconds(50);

export class HostMac {
  #options: Omit<HostMacOptions, 'present'>;
  readonly #counters: RouterCounters;
  readonly #changes = new TokenBucket(changeBurst, changeInterval);
  readonly #probe = new ReachabilityProbe();
  #known: Station | undefined;
  /** Until the link is first said to be up or down: what is known is not forgotten by that. */
  #isPresent: boolean;

  constructor(options: HostMacOptions, counters: RouterCounters) {
    const { own, fixed, announced, address, present } = options;
    this.#options = {
      own: own?.slice(),
      fixed: fixed?.slice(),
      announced: announced?.slice(),
      address: address.slice(),
    };
    this.#counters = counters;
    this.#known = fixed === undefined ? present : undefined;
    this.#isPresent = this.#known !== undefined;
  }

  /** The host, once it is learned. */
  get known(): Station | undefined {
    return this.#known;
  }

  /** When `expire` wants to be called. */
  get deadline(): Instant | undefined {
    return this.#probe.deadline;
  }

  /** Another host may be plugged in now. */
  linkUp(): readonly RouterAction[] {
    const { own, fixed } = this.#options;
    if (own === undefined) return noActions;
    if (fixed !== undefined) return [{ type: 'learn', mac: fixed }];
    const present = this.#isPresent ? this.#known : undefined;
    this.#isPresent = false;
    if (present !== undefined) return [{ type: 'learn', mac: present.mac }];
    this.#known = undefined;
    this.#probe.reset();
    return [{ type: 'forget' }];
  }

  /** No host is known. */
  linkDown(): void {
    this.#isPresent = false;
    this.#probe.reset();
  }

  /** Sets the addresses of our own interface and of the router as advertised to hosts. */
  setOwn(own: Uint8Array, announced: Uint8Array): void {
    this.#options = { ...this.#options, own: own.slice(), announced: announced.slice() };
  }

  /** True for a frame whose source is our own interface: looped back, or forged. */
  isOwn(mac: Uint8Array | undefined): boolean {
    const { own } = this.#options;
    return mac !== undefined && own !== undefined && macEquals(mac, 0, own);
  }

  /** A packet whose source is the tunnel's address came from `mac`. Allocates nothing unless that is another host. */
  learnFromData(mac: Uint8Array | undefined, now: Instant): readonly RouterAction[] {
    if (mac === undefined || this.#options.own === undefined) return noActions;
    if (this.#isCurrent(mac)) {
      this.#probe.confirm(now);
      return noActions;
    }
    if (!this.#mayLearn(mac) || !this.#changes.take(now)) return noActions;
    return this.#learn({ mac, address: this.#options.address });
  }

  /** A valid solicitation or DHCPv6 message. */
  hear({ sourceMac, source, announced }: Claim, now: Instant): readonly RouterAction[] {
    if (sourceMac === undefined || this.#options.own === undefined) return noActions;
    if (announced !== undefined && !bytesEqual(announced, sourceMac)) {
      this.#counters.hostMacRefused += 1;
      return noActions;
    }
    if (this.#isCurrent(sourceMac)) {
      this.#probe.confirm(now);
      return noActions;
    }
    if (!this.#mayLearn(sourceMac)) return noActions;
    const station = { mac: sourceMac, address: source };
    if (this.#known === undefined) return this.#learn(station);
    this.#counters.hostMacContested += 1;
    this.#probe.doubt(station, now);
    return this.expire(now);
  }

  /** A valid advertisement about `target` by `mac`. True when the known host has answered us by it. */
  answered(mac: Uint8Array | undefined, target: Uint8Array, now: Instant): boolean {
    const known = this.#known;
    if (mac === undefined || known === undefined) return false;
    if (!macEquals(mac, 0, known.mac) || !bytesEqual(target, known.address)) return false;
    this.#probe.confirm(now);
    return true;
  }

  expire(now: Instant): readonly RouterAction[] {
    const step = this.#probe.expire(now);
    if (step === undefined || this.#known === undefined) return noActions;
    if (step !== 'solicit') return this.#learn(step);
    this.#counters.hostProbes += 1;
    return [solicit(this.#known, this.#options.announced)];
  }

  #isCurrent(mac: Uint8Array): boolean {
    const current = this.#options.fixed ?? this.#known?.mac;
    return current !== undefined && macEquals(mac, 0, current);
  }

  #mayLearn(mac: Uint8Array): boolean {
    if (this.#options.fixed === undefined && isUnicastMac(mac) && !this.isOwn(mac)) return true;
    this.#counters.hostMacRefused += 1;
    return false;
  }

  #learn({ mac, address }: Station): readonly RouterAction[] {
    this.#known = { mac: mac.slice(), address: address.slice() };
    this.#probe.reset();
    this.#counters.hostMacLearned += 1;
    return [{ type: 'learn', mac: mac.slice() }];
  }
}
