/**
 * The machines of the lab as network namespaces, and the cables between them.
 *
 *     host                 card                                  enf
 *     eth0 ═════USB═════ usb0   wan ══════ underlay ══════ wan   enf0 (TUN)
 *                               192.0.2.1/24   192.0.2.2/24      fd00:8f80:2::1
 *                               2001:db8:1::1  2001:db8:1::2
 *
 * The card's kernel is silent on usb0: no IPv6, no IPv4, no ARP, and an nft ingress rule drops what comes in
 * (packet sockets see it all the same). With a TUN link there is no USB cable: the card is its own host.
 */
import { Hub, otherMac } from './hub.ts';
import { Namespace } from './namespace.ts';

export const hostInterface = 'eth0';
export const usbInterface = 'usb0';
export const hostMac = '02:42:ac:11:00:01';
export const cardMac = '02:42:ac:11:00:02';

/** The tunnel's address: the client's certificate carries it, the host gets it. */
export const tunnelAddress = 'fd00:8f80:1::1234';
/** A machine of the ENF behind the tunnel, in another /64 than the host. */
export const serviceAddress = 'fd00:8f80:2::1';
export const tunName = 'enf0';
export const tunnelPort = 443;
/** The firewall mark of what carries the tunnel on the card. */
export const tunnelMark = 363;

export type Underlay = 'ipv4' | 'ipv6';
export const routerAddresses: Readonly<Record<Underlay, string>> = {
  ipv4: '192.0.2.2',
  ipv6: '2001:db8:1::2',
};
export const cardAddresses: Readonly<Record<Underlay, string>> = {
  ipv4: '192.0.2.1',
  ipv6: '2001:db8:1::1',
};

export interface NetworkOptions {
  /** Segmentation and checksum offload on both ends of the USB cable. USB has none; veth has all by default. */
  readonly usbOffload?: boolean;
  /** A hub in the place of the USB cable, with another station on it. */
  readonly hub?: boolean;
  /** Settings below /proc/sys/net in the host, applied before its interface comes up. */
  readonly hostSettings?: Readonly<Record<string, string | number>>;
}

export class Network {
  readonly host: Namespace;
  readonly card: Namespace;
  readonly enf: Namespace;
  readonly #hub: Hub | undefined;

  private constructor(host: Namespace, card: Namespace, enf: Namespace, hub: Hub | undefined) {
    this.host = host;
    this.card = card;
    this.enf = enf;
    this.#hub = hub;
  }

  static async create(options: NetworkOptions = {}): Promise<Network> {
    const [host, card, enf] = await Promise.all([
      Namespace.create('host'),
      Namespace.create('card'),
      Namespace.create('enf'),
    ]);
    const hub = options.hub === true ? await Hub.create() : undefined;
    const network = new Network(host, card, enf, hub);
    try {
      await network.#layUnderlay();
      await network.#layUsbCable(options);
      await network.#openEnfInterface();
    } catch (error) {
      await network.remove();
      throw error;
    }
    return network;
  }

  async remove(): Promise<void> {
    await Promise.all([this.host.remove(), this.card.remove(), this.enf.remove()]);
    await this.#hub?.remove();
  }

  /** With the option `hub` only. */
  get hub(): Hub {
    if (this.#hub === undefined) throw new TypeError('this network has no hub');
    return this.#hub;
  }

  /** Pulls or plugs the USB cable as the card sees it: carrier lost or back at both ends. */
  async plug(isIn: boolean): Promise<void> {
    await this.host.ip([`link set ${hostInterface} ${isIn ? 'up' : 'down'}`]);
  }

  /** The card's interface goes down or up, as `ip link set` on the card does: the host sees its carrier go or come. */
  async carrier(isUp: boolean): Promise<void> {
    await this.card.ip([`link set ${usbInterface} ${isUp ? 'up' : 'down'}`]);
  }

  async #layUnderlay(): Promise<void> {
    await this.card.ip(['link add wan type veth peer name wan netns enf']);
    // No duplicate address detection: the underlay is ready at once.
    for (const [namespace, number] of [
      [this.card, 1],
      [this.enf, 2],
    ] as const) {
      await namespace.settings({ 'ipv6/conf/wan/accept_dad': 0, 'ipv6/conf/wan/accept_ra': 0 });
      await namespace.ip([
        `addr add 192.0.2.${number}/24 dev wan`,
        `addr add 2001:db8:1::${number}/64 dev wan`,
        'link set wan up',
      ]);
    }
  }

  async #layUsbCable(options: NetworkOptions): Promise<void> {
    await this.#connectHost();
    await this.card.settings({ [`ipv6/conf/${usbInterface}/disable_ipv6`]: 1 });
    await this.card.nft(
      `table netdev usb {
         chain silent {
           type filter hook ingress device "${usbInterface}" priority -300; policy drop;
         }
       }`,
    );
    if (options.usbOffload !== true) {
      const off = 'rx off tx off sg off tso off gso off gro off'.split(' ');
      await this.host.run(['ethtool', '-K', hostInterface, ...off]);
      await this.#hub?.other.run(['ethtool', '-K', hostInterface, ...off]);
      await this.card.run(['ethtool', '-K', usbInterface, ...off]);
    }
    await this.host.settings(options.hostSettings ?? {});
    await this.card.ip([`link set ${usbInterface} arp off up`]);
    await this.host.ip([`link set ${hostInterface} up`]);
    await this.#hub?.other.ip([`link set ${hostInterface} up`]);
  }

  async #connectHost(): Promise<void> {
    const card = { namespace: this.card, interfaceName: usbInterface, mac: cardMac };
    const host = { namespace: this.host, interfaceName: hostInterface, mac: hostMac };
    if (this.#hub === undefined) {
      await this.card.ip([
        `link add ${usbInterface} address ${cardMac} type veth peer name ${hostInterface} netns host address ${hostMac}`,
      ]);
      return;
    }
    const other = { namespace: this.#hub.other, interfaceName: hostInterface, mac: otherMac };
    for (const station of [card, host, other]) await this.#hub.connect(station);
  }

  /** Made beforehand, so that address and routes outlive a restart of the router. */
  async #openEnfInterface(): Promise<void> {
    await this.enf.ip([`tuntap add dev ${tunName} mode tun`]);
    await this.enf.settings({ [`ipv6/conf/${tunName}/accept_dad`]: 0 });
    await this.enf.ip([
      `link set ${tunName} mtu 1280 up`,
      `addr add ${serviceAddress}/64 dev ${tunName}`,
      `route add fd00:8f80:1::/64 dev ${tunName}`,
    ]);
  }

  /** The card's own TUN and the policy that sends everything unmarked into it, for links of type "tun". */
  async openCardTun(fwmark = tunnelMark, table = 2097): Promise<void> {
    await this.card.ip([`tuntap add dev ${tunName} mode tun`]);
    await this.card.settings({
      [`ipv6/conf/${tunName}/accept_dad`]: 0,
      [`ipv6/conf/${tunName}/accept_ra`]: 0,
    });
    await this.card.ip([`link set ${tunName} mtu 1280 up`]);
    await this.card.ip(
      [
        `route add default dev ${tunName} table ${table}`,
        `rule add not fwmark ${fwmark} table ${table} priority 2097`,
      ],
      '-6',
    );
  }
}
