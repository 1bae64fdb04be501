/**
 * What the host may send into the tunnel: IPv6 from its one address to destinations beyond its own link. Refused are
 * interface-local and link-local destinations whatever the source (RFC 4291 sections 2.5.6 and 2.7: never forwarded;
 * these are what the host says to its router) as well as the card's page, every other source, and packets over the MTU. IPv4 passes only when
 * the configuration says so, and then any.
 *
 * Upper layers are not looked at: nothing that a host says on its link has a destination that passes.
 */
import {
  addressEquals,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isUnspecified,
  multicastScope,
  pageAddress,
} from '../wire/ipv6-address.ts';
import {
  ipv6DestinationOffset,
  ipv6MinimumMtu,
  ipv6SourceOffset,
  isWholeIpv6,
} from '../wire/ipv6.ts';
import { BurstFilter } from './burst-filter.ts';
import { isWholeIpv4 } from './ipv4-header.ts';

/** Every packet is counted in exactly one of these. */
export interface OutboundCounters {
  /** Into the tunnel. */
  passed: number;
  /** To the router or to the link: handed to `control`. */
  control: number;
  wrongSource: number;
  tooBig: number;
  /** To `::`, `::1` or the host's own address. */
  badDestination: number;
  ipv4: number;
  /** Not IP, or a length that contradicts the frame's. */
  malformed: number;
}

/**
 * Where refused packets are reported that deserve an answer: `buf[packet, end)`, valid during the call only. Called
 * for every such packet, so the receiver limits the rate, before it allocates anything.
 */
export interface OutboundReports {
  /** To the router or to the link: solicitations, DHCPv6, echo requests and so on. Whole IPv6 packets. */
  control(buf: Uint8Array, packet: number, end: number): void;
  wrongSource(buf: Uint8Array, packet: number, end: number): void;
  tooBig(buf: Uint8Array, packet: number, end: number): void;
}

export interface OutboundFilterOptions {
  /** The host's address, 16 bytes. */
  readonly address: Uint8Array;
  readonly allowIpv4: boolean;
  readonly reports: OutboundReports;
}

/** Largest interface- and link-local scope (RFC 4291 section 2.7); 0 is reserved and treated alike. */
const linkLocalScope = 2;

export class OutboundFilter extends BurstFilter {
  readonly counters: OutboundCounters = {
    passed: 0,
    control: 0,
    wrongSource: 0,
    tooBig: 0,
    badDestination: 0,
    ipv4: 0,
    malformed: 0,
  };
  readonly #address: Uint8Array;
  readonly #allowIpv4: boolean;
  readonly #reports: OutboundReports;

  constructor(options: OutboundFilterOptions) {
    super();
    this.#address = options.address;
    this.#allowIpv4 = options.allowIpv4;
    this.#reports = options.reports;
  }

  protected override admits(buf: Uint8Array, packet: number, end: number): boolean {
    if (!isWholeIpv6(buf, packet, end)) return this.#admitsOther(buf, packet, end);

    const destination = packet + ipv6DestinationOffset;
    if (staysOnLink(buf, destination)) {
      this.counters.control++;
      this.#reports.control(buf, packet, end);
      return false;
    }
    if (!addressEquals(buf, packet + ipv6SourceOffset, this.#address)) {
      this.counters.wrongSource++;
      this.#reports.wrongSource(buf, packet, end);
      return false;
    }
    if (end - packet > ipv6MinimumMtu) {
      this.counters.tooBig++;
      this.#reports.tooBig(buf, packet, end);
      return false;
    }
    if (this.#isBadDestination(buf, destination)) {
      this.counters.badDestination++;
      return false;
    }
    this.counters.passed++;
    return true;
  }

  /** Of one node, or none: what a host sends to itself does not leave it. */
  #isBadDestination(buf: Uint8Array, destination: number): boolean {
    return (
      addressEquals(buf, destination, this.#address) ||
      isUnspecified(buf, destination) ||
      isLoopback(buf, destination)
    );
  }

  #admitsOther(buf: Uint8Array, packet: number, end: number): boolean {
    if (!isWholeIpv4(buf, packet, end)) {
      this.counters.malformed++;
      return false;
    }
    if (!this.#allowIpv4) {
      this.counters.ipv4++;
      return false;
    }
    if (end - packet > ipv6MinimumMtu) {
      this.counters.tooBig++;
      return false;
    }
    this.counters.passed++;
    return true;
  }
}

/** True for an address that has no meaning beyond the host's link, or is the card's own there. */
function staysOnLink(buf: Uint8Array, destination: number): boolean {
  // The first byte decides for nearly every packet.
  if (buf[destination] === pageAddress[0] && addressEquals(buf, destination, pageAddress)) {
    return true;
  }
  if (isMulticast(buf, destination)) return multicastScope(buf, destination) <= linkLocalScope;
  return isLinkLocal(buf, destination);
}
