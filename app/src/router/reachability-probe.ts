/**
 * Whether the known host is still there, asked when another station asks as a host would (RFC 4861 section 7.3):
 * unicast solicitations to the known MAC. Only when none is answered, the other station takes the host's place.
 *
 * It does not run of its own accord: while no other station asks, none can replace the host. One station is
 * remembered, and after an answer the next question waits, so a flood of claims costs the host one message in ten
 * seconds.
 */
import { after, seconds, type Duration, type Instant } from '../core/time.ts';
import { routerAddress } from '../wire/ipv6-address.ts';
import { encodeNdPacket } from '../wire/nd/nd-packet.ts';
import type { RouterAction } from './router-action.ts';
import { sendTo } from './router-packet.ts';

/** MAX_UNICAST_SOLICIT and RETRANS_TIMER, RFC 4861 section 10. */
const solicitations = 3;
const interval: Duration = seconds(1);

/**
 * Shorter than REACHABLE_TIME (30 s): a host that took the place of another and sends nothing but questions should not
 * wait long for what the ENF sends it.
 */
const restAfterAnswer: Duration = seconds(10);

/** A node on the link. */
export interface Station {
  readonly mac: Uint8Array;
  /** The host's IPv6 address as last received; the target of the solicitation. */
  readonly address: Uint8Array;
}

/** What is to be done at a deadline: send a solicitation, or give the host's place to another station. */
export type ProbeStep = Station | 'solicit' | undefined;

export class ReachabilityProbe {
  #claimant: Station | undefined;
  #restsUntil: Instant | undefined;
  #deadline: Instant | undefined;
  #sent = 0;

  get deadline(): Instant | undefined {
    return this.#deadline;
  }

  /** Another station asks as a host would. Of several the latest counts. It is copied. */
  doubt({ mac, address }: Station, now: Instant): void {
    this.#claimant = { mac: mac.slice(), address: address.slice() };
    if (this.#deadline !== undefined) return;
    const rests = this.#restsUntil !== undefined && this.#restsUntil > now;
    this.#deadline = rests ? this.#restsUntil : now;
  }

  /** A frame of the known host was received. */
  confirm(now: Instant): void {
    if (this.#deadline === undefined) return;
    this.reset();
    this.#restsUntil = after(now, restAfterAnswer);
  }

  /** Ends the probe: the host has been replaced or forgotten. */
  reset(): void {
    this.#claimant = undefined;
    this.#restsUntil = undefined;
    this.#deadline = undefined;
    this.#sent = 0;
  }

  expire(now: Instant): ProbeStep {
    const claimant = this.#claimant;
    if (claimant === undefined || this.#deadline === undefined || now < this.#deadline) {
      return undefined;
    }
    if (this.#sent < solicitations) {
      this.#sent += 1;
      this.#deadline = after(now, interval);
      return 'solicit';
    }
    this.reset();
    return claimant;
  }
}

/**
 * A unicast solicitation to the probed link-layer address (section 7.3.3). `announcedMac`: the router's, as advertised.
 */
export function solicit(
  { mac, address }: Station,
  announcedMac: Uint8Array | undefined,
): RouterAction {
  const addresses = { source: routerAddress, destination: address };
  const packet = encodeNdPacket(addresses, {
    kind: 'neighbour-solicitation',
    target: address,
    options:
      announcedMac === undefined ? [] : [{ kind: 'source-link-layer-address', mac: announcedMac }],
  });
  return sendTo(mac, packet);
}
