/**
 * Two hosts whose only way to each other is a forwarder in this process:
 *
 *     namespace left ── TUN or veth ── [ forwarder ] ── TUN ── namespace right
 *     fd00:1::1                                                fd00:2::1
 */
import { openEthernet, openTun, type PacketDevice } from '../../src/index.ts';
import { bringUpPair, ip, Namespace, removeLink, silence } from './network.ts';

export const leftAddress = 'fd00:1::1';
export const rightAddress = 'fd00:2::1';
const leftMac = Uint8Array.of(0x02, 0, 0, 0, 1, 1);
const mtu = '1280';

export interface TwoHosts {
  left: Namespace;
  right: Namespace;
  leftDevice: PacketDevice;
  rightDevice: PacketDevice;
  close(): void;
}

export function makeTwoHosts(kind: 'tun' | 'ethernet', offload: boolean): TwoHosts {
  const left = new Namespace('left');
  const right = new Namespace('right');
  const rightDevice = openHostTun(right, rightAddress, offload);
  const leftDevice =
    kind === 'tun' ? openHostTun(left, leftAddress, offload) : openHostVeth(left, offload);
  return {
    left,
    right,
    leftDevice,
    rightDevice,
    close: () => {
      leftDevice.close();
      rightDevice.close();
      // A namespace takes its interfaces along only some time after its removal.
      if (kind === 'ethernet') removeLink('card0');
      left.remove();
      right.remove();
    },
  };
}

function openHostTun(host: Namespace, address: string, offload: boolean): PacketDevice {
  const device = openTun({ name: 'tun%d', offload });
  ip('link', 'set', device.name, 'netns', host.name);
  setUp(host, device.name, address);
  host.ip('-6', 'route', 'add', 'default', 'dev', device.name);
  return device;
}

function openHostVeth(host: Namespace, offload: boolean): PacketDevice {
  ip('link', 'add', 'card0', 'type', 'veth', 'peer', 'name', 'host0', 'netns', host.name);
  silence('card0');
  ip('link', 'set', 'card0', 'mtu', mtu);
  host.ip('link', 'set', 'host0', 'address', '02:00:00:00:01:01');
  bringUpPair('card0', 'host0', host.ip.bind(host));
  setUp(host, 'host0', leftAddress);
  const device = openEthernet({ name: 'card0', offload });
  device.setPeer(leftMac);
  const mac = Buffer.from(device.mac)
    .toString('hex')
    .replace(/(..)(?!$)/g, '$1:');
  host.ip('-6', 'neigh', 'add', 'fe80::1', 'lladdr', mac, 'dev', 'host0', 'nud', 'permanent');
  host.ip('-6', 'route', 'add', 'default', 'via', 'fe80::1', 'dev', 'host0');
  return device;
}

function setUp(host: Namespace, link: string, address: string): void {
  host.ip('link', 'set', link, 'mtu', mtu, 'up');
  host.ip('-6', 'addr', 'add', `${address}/128`, 'dev', link, 'nodad');
}
