/**
 * Sorts the host's packets: what is for the tunnel stays in the burst, what is for the router is handed to it, and the
 * rest is dropped. The host gets an ICMPv6 error for the drops that it can do something about.
 */
import { BurstFilter } from '../../tunnel/burst-filter.ts';
import {
  classifyOutbound,
  type OutboundCounters,
  type OutboundRules,
} from '../../tunnel/outbound-filter.ts';
import { ipVersion } from '../../wire/ipv6.ts';
import type { PacketOrigin } from './packet-origin.ts';
import type { RouterPort } from './router-port.ts';

export interface OutboundSorterOptions extends OutboundRules {
  readonly routerPort: Pick<RouterPort, 'receive' | 'wrongSource' | 'tooBig' | 'learnFromData'>;
}

export class OutboundSorter extends BurstFilter<PacketOrigin> {
  readonly counters: OutboundCounters = {
    passed: 0,
    control: 0,
    wrongSource: 0,
    tooBig: 0,
    badDestination: 0,
    ipv4: 0,
    malformed: 0,
  };
  readonly #rules: OutboundRules;
  readonly #routerPort: OutboundSorterOptions['routerPort'];

  constructor({ address, allowIpv4, routerPort }: OutboundSorterOptions) {
    super();
    this.#rules = { address, allowIpv4 };
    this.#routerPort = routerPort;
  }

  protected override admits(
    buf: Uint8Array,
    packet: number,
    end: number,
    origin: PacketOrigin,
  ): boolean {
    const { mac, now } = origin;
    const kind = classifyOutbound(buf, packet, end, this.#rules);
    switch (kind) {
      case 'tunnel':
        this.counters.passed++;
        // From the tunnel's address, so this is where the host is.
        if (mac !== undefined) this.#routerPort.learnFromData(mac, now);
        return true;
      case 'router':
        this.counters.control++;
        this.#routerPort.receive(buf.subarray(packet, end), mac, now);
        return false;
      case 'wrongSource':
        this.counters.wrongSource++;
        this.#routerPort.wrongSource(buf, packet, end, origin);
        return false;
      case 'tooBig':
        this.counters.tooBig++;
        // ICMPv6 errors answer IPv6 only.
        if (ipVersion(buf, packet) === 6) this.#routerPort.tooBig(buf, packet, end, origin);
        return false;
      case 'badDestination':
      case 'ipv4':
      case 'malformed':
        this.counters[kind]++;
        return false;
    }
  }
}
