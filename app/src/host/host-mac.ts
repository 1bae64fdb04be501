/**
 * The host's MAC address: which frame may teach it, and when it is forgotten. All rules are here.
 *
 * There is one host on the cable, so this is one address and no neighbour cache. Learned is the source of the frame,
 * because that is where the link's data comes from; a source link-layer address option (RFC 4861 section 4.6.1) may
 * only agree with it. An address fixed by the configuration is never replaced. On a TUN nothing happens here.
 *
 * Anybody can claim to be the host with a solicitation; whoever sends data with the tunnel's address has it, and whoever
 * came first after carrier-up is most likely the one. What these ask comes first, so that others cannot drown it: claims,
 * however many, do not change that.
 */
import { isUnicastMac, macEquals } from '../wire/mac-address.ts';
import type { HostAction } from './host-action.ts';
import { noActions } from './host-action.ts';
import type { HostCounters } from './host-counters.ts';

export interface HostMacOptions {
  /** Our own interface's address; undefined on a TUN. */
  readonly own: Uint8Array | undefined;
  readonly fixed: Uint8Array | undefined;
}

export class HostMac {
  readonly #own: Uint8Array | undefined;
  readonly #fixed: Uint8Array | undefined;
  readonly #counters: HostCounters;
  #learned: Uint8Array | undefined;
  #hasFirst = false;

  constructor({ own, fixed }: HostMacOptions, counters: HostCounters) {
    this.#own = own?.slice();
    this.#fixed = fixed?.slice();
    this.#counters = counters;
  }

  /** Another host may be plugged in now. */
  linkUp(): readonly HostAction[] {
    if (this.#own === undefined) return noActions;
    if (this.#fixed !== undefined) return [{ type: 'learn', mac: this.#fixed, comesFirst: true }];
    this.#learned = undefined;
    this.#hasFirst = false;
    return [{ type: 'forget' }];
  }

  /** True for a frame that claims to come from our own interface: a loop, or a lie. */
  isOwn(mac: Uint8Array | undefined): boolean {
    return mac !== undefined && this.#own !== undefined && macEquals(mac, 0, this.#own);
  }

  /** A packet whose source is the tunnel's address came from `source`. */
  learnFromData(source: Uint8Array | undefined): readonly HostAction[] {
    return this.#learn(source, source, true);
  }

  /**
   * A valid solicitation or DHCPv6 message came from `source`; `announced` is the source link-layer address option of
   * that message, if there was one.
   */
  learn(source: Uint8Array | undefined, announced?: Uint8Array): readonly HostAction[] {
    return this.#learn(source, announced, false);
  }

  #learn(
    source: Uint8Array | undefined,
    announced: Uint8Array | undefined,
    isData: boolean,
  ): readonly HostAction[] {
    if (source === undefined || this.#own === undefined) return noActions;
    const current = this.#fixed ?? this.#learned;
    const agrees = announced === undefined || isSameMac(announced, source);
    if (agrees && current !== undefined && macEquals(source, 0, current)) return noActions;
    if (!agrees || this.#fixed !== undefined || !isUnicastMac(source) || this.isOwn(source)) {
      this.#counters.hostMacRefused += 1;
      return noActions;
    }
    this.#learned = source.slice();
    this.#counters.hostMacLearned += 1;
    const comesFirst = isData || !this.#hasFirst;
    this.#hasFirst = true;
    return [{ type: 'learn', mac: source.slice(), comesFirst }];
  }
}

/** The option may be longer than 6 bytes on other kinds of link; then it is not the frame's source. */
function isSameMac(announced: Uint8Array, source: Uint8Array): boolean {
  return announced.length === source.length && macEquals(announced, 0, source);
}
