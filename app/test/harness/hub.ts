/**
 * Another station beside the host on the card's link, as where the host is a bridge or the card serves a gateway's
 * network: a bridge of the kernel's, to which the card, the host and the other station are connected.
 */
import { Namespace } from './namespace.ts';

export const otherMac = '02:42:ac:11:00:03';

/** An interface to be: its other end becomes a port of the hub, called like the interface's namespace. */
export interface HubPort {
  readonly namespace: Namespace;
  readonly interfaceName: string;
  readonly mac: string;
}

export class Hub {
  readonly other: Namespace;
  readonly #bridge: Namespace;

  private constructor(bridge: Namespace, other: Namespace) {
    this.#bridge = bridge;
    this.other = other;
  }

  static async create(): Promise<Hub> {
    const [bridge, other] = await Promise.all([Namespace.create('hub'), Namespace.create('other')]);
    // No duplicate address detection: it can speak as soon as it is up.
    await other.settings({ 'ipv6/conf/default/accept_dad': 0 });
    // Floods everything at once: a hub, not a switch that has to learn.
    await bridge.settings({ 'ipv6/conf/default/disable_ipv6': 1 });
    await bridge.ip([
      'link add br0 type bridge mcast_snooping 0 forward_delay 0 ageing_time 0',
      'link set br0 up',
    ]);
    return new Hub(bridge, other);
  }

  /** The interface is left down, as a new one is. */
  async connect({ namespace, interfaceName, mac }: HubPort): Promise<void> {
    const port = namespace.name;
    await namespace.ip([
      `link add ${interfaceName} address ${mac} type veth peer name ${port} netns hub`,
    ]);
    await this.#bridge.ip([`link set ${port} master br0 up`]);
  }

  /** Pulls the cable between the hub and a station: the card keeps its carrier. */
  async disconnect(namespace: Namespace): Promise<void> {
    await this.#bridge.ip([`link set ${namespace.name} down`]);
  }

  async remove(): Promise<void> {
    await Promise.all([this.#bridge.remove(), this.other.remove()]);
  }
}
