/** Devices of the kernel with something at their other end that injects packets and sees what is sent. */
import { openEthernet, openTap, openTun } from '../../src/index.ts';
import type { EthernetDevice, PacketDevice } from '../../src/index.ts';
import { Recorder, until, type Rig } from '../device-contract.ts';
import { peer } from '../ethernet-contract.ts';
import { burst } from '../packets.ts';
import { ip, removeLink, run, silence, sysctl } from './network.ts';

const ownMac = Uint8Array.of(0x02, 0, 0, 0, 0, 1);
/** Enough for the longest burst of the tests: nothing may get lost in between. */
const bufferBytes = 4 << 20;

const text = (mac: Uint8Array): string =>
  [...mac].map((byte) => byte.toString(16).padStart(2, '0')).join(':');

/** A TAP interface: its descriptor is one end of the wire, a packet socket on the interface the other. */
function openWire(tapMac: Uint8Array, linkMac: Uint8Array): [EthernetDevice, EthernetDevice] {
  const tap = openTap({ name: 'wire0', mac: tapMac });
  ip('link', 'set', tap.name, 'address', text(linkMac));
  silence(tap.name);
  ip('link', 'set', tap.name, 'mtu', '1500', 'up');
  const socket = openEthernet({
    name: tap.name,
    receiveBufferBytes: bufferBytes,
    sendBufferBytes: bufferBytes,
  });
  return [tap, socket];
}

export function openTapPair(): { device: EthernetDevice; other: EthernetDevice } {
  const [device, other] = openWire(ownMac, peer);
  return { device, other };
}

export function openEthernetPair(): { device: EthernetDevice; other: EthernetDevice } {
  const [other, device] = openWire(peer, ownMac);
  return { device, other };
}

function close(...devices: PacketDevice[]): void {
  for (const device of devices) device.close();
  removeLink('wire0');
}

/** Moves whole frames. */
export function frameRig(pair: {
  device: EthernetDevice;
  other: EthernetDevice;
}): Rig<EthernetDevice> {
  const { device, other } = pair;
  const recorder = new Recorder(other);
  recorder.start();
  return {
    device,
    inject: (...frames) => frames.forEach((frame) => other.sendFrame(frame)),
    sent: async (count) => {
      await until(`${count} frames`, () => recorder.control.length >= count);
      return recorder.control.splice(0, count);
    },
    close: () => close(device, other),
  };
}

/** Moves packets: both ends have the address of the other. */
export function packetRig(pair: {
  device: EthernetDevice;
  other: EthernetDevice;
}): Rig<PacketDevice> {
  const { device, other } = pair;
  device.setPeer(other.mac);
  other.setPeer(device.mac);
  return { ...linked(device, other), close: () => close(device, other) };
}

function linked(device: PacketDevice, other: PacketDevice): Rig<PacketDevice> {
  const recorder = new Recorder(other);
  recorder.start();
  return {
    device,
    inject: (...packets) => {
      const frames = burst(...packets);
      other.writeBatch(frames, 0, frames.length);
    },
    sent: async (count) => {
      await until(`${count} packets`, () => recorder.packets.length >= count);
      return recorder.packets.splice(0, count);
    },
    close: () => undefined,
  };
}

/** Two TUN interfaces between which the kernel forwards whatever comes. */
export function tunRig(offload: boolean): Rig<PacketDevice> {
  const device = openTun({ name: 'tunrig0', offload });
  const other = openTun({ name: 'tunrig1', offload });
  sysctl('ipv6/conf/all/forwarding', 1);
  // A router reports its multicast groups (MLD); these tests want to see only their own packets.
  run('nft', 'add table ip6 quiet');
  run('nft', 'add chain ip6 quiet out { type filter hook output priority 0; }');
  run('nft', 'add rule ip6 quiet out meta l4proto ipv6-icmp drop');
  const rules: string[][] = [];
  for (const [from, to, table] of [
    [device.name, other.name, '100'],
    [other.name, device.name, '101'],
  ] as const) {
    sysctl(`ipv6/conf/${to}/addr_gen_mode`, 1);
    ip('link', 'set', to, 'mtu', '1500', 'up');
    rules.push(['rule', 'add', 'iif', from, 'lookup', table]);
    ip('-6', ...(rules.at(-1) ?? []));
    ip('-6', 'route', 'add', 'default', 'dev', to, 'table', table);
  }
  const rig = linked(device, other);
  const hops = (packet: Uint8Array, change: number): Uint8Array => {
    const copy = Uint8Array.from(packet);
    copy[7] = (packet[7] ?? 0) + change;
    return copy;
  };
  return {
    device,
    // Forwarding takes one hop off.
    inject: (...packets) => rig.inject(...packets.map((packet) => hops(packet, 1))),
    sent: async (count) => (await rig.sent(count)).map((packet) => hops(packet, 1)),
    close: () => {
      device.close();
      other.close();
      for (const [, , ...rule] of rules) ip('-6', 'rule', 'del', ...rule);
      run('nft', 'delete table ip6 quiet');
      sysctl('ipv6/conf/all/forwarding', 0);
    },
  };
}
