/**
 * The network between a virtual card and the ENF.
 *
 *     uplink (QEMU runs here)                    enf
 *     192.0.2.1/24 ═════════════ 192.0.2.2/24, 23.147.128.112     enf0 (TUN) fd00:8f80:2::1
 *     2001:db8:1::1/64           2001:db8:1::2/64, 2607:8f80::112
 *
 * QEMU translates the card's connections into connections of the namespace "uplink". The ENF's real address, which
 * is in the card's configuration, belongs to the namespace "enf": the image runs as it is delivered.
 */
import { Namespace } from '../namespace.ts';
import { serviceAddress, tunName } from '../topology.ts';

export const enfAddress = '23.147.128.112';
/** The same machine, for those who have IPv6 only. */
export const enfAddress6 = '2607:8f80::112';

export class Underlay {
  readonly uplink: Namespace;
  readonly enf: Namespace;

  private constructor(uplink: Namespace, enf: Namespace) {
    this.uplink = uplink;
    this.enf = enf;
  }

  /** `name` distinguishes the namespaces of several cards. */
  static async create(name = ''): Promise<Underlay> {
    const [uplink, enf] = await Promise.all([
      Namespace.create(`uplink${name}`),
      Namespace.create(`enf${name}`),
    ]);
    await uplink.ip([`link add wan type veth peer name wan netns ${enf.name}`]);
    for (const namespace of [uplink, enf]) {
      await namespace.settings({ 'ipv6/conf/wan/accept_dad': 0, 'ipv6/conf/wan/accept_ra': 0 });
    }
    await uplink.ip([
      'addr add 192.0.2.1/24 dev wan',
      'addr add 2001:db8:1::1/64 dev wan',
      'link set wan up',
    ]);
    await enf.ip([
      'addr add 192.0.2.2/24 dev wan',
      'addr add 2001:db8:1::2/64 dev wan',
      'link set wan up',
      `addr add ${enfAddress}/32 dev lo`,
      `addr add ${enfAddress6}/128 dev lo`,
      `tuntap add dev ${tunName} mode tun`,
    ]);
    await uplink.ip([`route add ${enfAddress} via 192.0.2.2`]);
    await uplink.ip([`route add ${enfAddress6} via 2001:db8:1::2`], '-6');
    await enf.settings({ [`ipv6/conf/${tunName}/accept_dad`]: 0 });
    await enf.ip([
      `link set ${tunName} mtu 1280 up`,
      `addr add ${serviceAddress}/64 dev ${tunName}`,
      `route add fd00:8f80:1::/64 dev ${tunName}`,
    ]);
    return new Underlay(uplink, enf);
  }
}
