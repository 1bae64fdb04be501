/** What a gateway has sent by its uplink, sorted into what the policy `default` allows and what it does not. */
import { routerAddresses, tunnelPort } from '../../harness/topology.ts';
import { parseIpv6 } from '../../../src/wire/ipv6-address.ts';

const tcp = 6;
const udp = 17;
const icmp = 1;
const icmpv6 = 58;
const hopByHop = 0;
const fragmentHeader = 44;
const names: Readonly<Record<number, string>> = { [tcp]: 'TCP', [udp]: 'UDP', [icmp]: 'ICMP' };
const server4 = Buffer.from(routerAddresses.ipv4.split('.').map(Number));
const server6 = Buffer.from(parseIpv6(routerAddresses.ipv6)!);
const discovery = new Set([133, 135, 136]);
const dnsPort = 53;

/** One text for each kind of frame of this MAC address that an uplink must not see. */
export function strangers(frames: readonly Uint8Array[], mac: string): string[] {
  const own = Buffer.from(mac.replaceAll(':', ''), 'hex');
  const sent = frames
    .map((frame) => Buffer.from(frame))
    .filter((f) => f.subarray(6, 12).equals(own));
  return [...new Set(sent.map(kindOf))].filter((kind) => kind !== '').toSorted();
}

/** Empty for what is allowed: the tunnel, its DNS, DHCP, and what finds neighbours. */
function kindOf(frame: Buffer): string {
  switch (frame.readUInt16BE(12)) {
    case 0x0806:
      return '';
    case 0x0800:
      return kindOfIpv4(frame.subarray(14));
    case 0x86dd:
      return kindOfIpv6(frame.subarray(14));
    default:
      return `ethertype ${frame.readUInt16BE(12).toString(16)}`;
  }
}

function kindOfIpv4(packet: Buffer): string {
  const destination = packet.subarray(16, 20);
  if ((packet.readUInt16BE(6) & 0x3fff) !== 0) return 'IPv4 fragment';
  const protocol = packet[9]!;
  const payload = packet.subarray((packet[0]! & 15) * 4);
  if (isAllowed(protocol, payload, destination.equals(server4))) return '';
  return `IPv4 ${destination[0]! >= 224 ? 'multicast ' : ''}${names[protocol] ?? protocol}`;
}

function kindOfIpv6(packet: Buffer): string {
  const destination = packet.subarray(24, 40);
  const protocol = packet[6]!;
  if (protocol === fragmentHeader) return 'IPv6 fragment';
  // Reports of a group that is listened to.
  if (protocol === hopByHop) return packet[40] === icmpv6 ? '' : 'IPv6 hop-by-hop';
  const payload = packet.subarray(40);
  if (protocol === icmpv6) return discovery.has(payload[0]!) ? '' : `IPv6 ICMP ${payload[0]}`;
  if (isAllowed(protocol, payload, destination.equals(server6))) return '';
  return `IPv6 ${destination[0] === 0xff ? 'multicast ' : ''}${names[protocol] ?? protocol}`;
}

function isAllowed(protocol: number, payload: Buffer, isServer: boolean): boolean {
  const [source, destination] = [payload.readUInt16BE(0), payload.readUInt16BE(2)];
  if (protocol === tcp) return isServer && destination === tunnelPort;
  if (protocol !== udp) return false;
  const isDhcp = (source === 68 && destination === 67) || (source === 546 && destination === 547);
  return isDhcp || (isServer && destination === dnsPort);
}
