/** Sorts the Ethernet frames of a pcap file of the uplink by what they are for. */
import { CommandFailed } from '../harness/process.ts';
import { enfAddress } from '../harness/qemu/underlay.ts';
import { usbipPort } from '../harness/qemu/usb-over-ip.ts';

const fileHeaderBytes = 24;
const recordHeaderBytes = 16;
const littleEndianMagic = 0xa1b2c3d4;

export const cableOverNetwork = 'USB over IP';

export interface UplinkFrame {
  /** What has no business on the uplink is called "other …". */
  readonly kind: string;
  readonly bytes: Buffer;
}

/** Every frame of a capture. One that was cut off when the machine lost its power is left out. */
export function readFrames(capture: Buffer): UplinkFrame[] {
  if (capture.readUInt32LE(0) !== littleEndianMagic) throw new CommandFailed('not a pcap file');
  const frames: UplinkFrame[] = [];
  let offset = fileHeaderBytes;
  while (offset + recordHeaderBytes <= capture.length) {
    const length = capture.readUInt32LE(offset + 8);
    const start = offset + recordHeaderBytes;
    offset = start + length;
    if (offset > capture.length) break;
    const bytes = capture.subarray(start, offset);
    frames.push({ kind: kindOf(bytes), bytes });
  }
  return frames;
}

function kindOf(frame: Buffer): string {
  const etherType = frame.readUInt16BE(12);
  if (etherType === 0x0806) return 'ARP';
  if (etherType === 0x0800) return kindOfIpv4(frame.subarray(14));
  if (etherType === 0x86dd) return kindOfIpv6(frame.subarray(14));
  // IEEE 802.11F: an access point notifies the switch behind it where a station is now.
  if (etherType === 6 && frame.readUInt16BE(14) === 0x0001)
    return 'layer 2 update of an access point';
  return `other EtherType ${etherType.toString(16)}`;
}

function kindOfIpv4(packet: Buffer): string {
  const protocol = packet[9];
  const payload = packet.subarray((packet[0]! & 15) * 4);
  const [source, target] = [packet.subarray(12, 16).join('.'), packet.subarray(16, 20).join('.')];
  const [from, to] = [payload.readUInt16BE(0), payload.readUInt16BE(2)];
  if (protocol === 6 && target === enfAddress && to === 443) return 'TLS with the ENF';
  if (protocol === 6 && source === enfAddress && from === 443) return 'TLS with the ENF';
  // The cable of a card that is plugged into another machine's host: USB, no traffic of the card's own.
  if (protocol === 6 && [from, to].includes(usbipPort)) return cableOverNetwork;
  if (protocol === 17 && [67, 68].includes(from) && [67, 68].includes(to)) return 'DHCP';
  if (protocol === 2) return 'IGMP';
  return `other IPv4 protocol ${protocol} ${source}:${from} to ${target}:${to}`;
}

/** The uplink interface's own neighbour discovery and multicast reports. */
function kindOfIpv6(packet: Buffer): string {
  const isHopByHop = packet[6] === 0;
  const next = isHopByHop ? packet[40] : packet[6];
  const type = packet[isHopByHop ? 48 : 40];
  if (next === 58 && type !== undefined && type >= 133 && type <= 136) return 'neighbour discovery';
  if (next === 58 && type === 143) return 'MLD';
  return `other IPv6 next header ${next}`;
}
