/**
 * Frames as a host sends them to its router, right and wrong, for tests that ask a lot: each kind of message from
 * random MACs and addresses, and the same after random changes, with lengths and checksums made right again so that
 * they are read to where they are wrong.
 */
import { mutate, type Random } from '../fuzz/mutate.ts';
import { concatBytes, writeUint16 } from '../../src/wire/bytes.ts';
import { messageChecksum, type AddressPair } from '../../src/wire/checksum.ts';
import {
  dhcpv6ClientPort,
  dhcpv6MessageType,
  dhcpv6ServerPort,
  encodeDhcpv6Message,
} from '../../src/wire/dhcpv6/dhcpv6-message.ts';
import type { Dhcpv6Option } from '../../src/wire/dhcpv6/options/registry.ts';
import { encodeEthernet, etherType, multicastMac } from '../../src/wire/ethernet.ts';
import { encodeIcmpv6, icmpv6Type } from '../../src/wire/icmpv6.ts';
import {
  allDhcpServers,
  allNodes,
  parseIpv6,
  routerAddress,
  solicitedNodeAddress,
} from '../../src/wire/ipv6-address.ts';
import { encodeIpv6, ipv6HeaderLength, nextHeader } from '../../src/wire/ipv6.ts';
import { encodeUdp } from '../../src/wire/udp.ts';

export interface Sender {
  readonly mac: Uint8Array;
  /** A link-local address. */
  readonly address: Uint8Array;
}

export const questionKinds = ['rs', 'ns', 'echo', 'dhcpv6'] as const;
export type QuestionKind = (typeof questionKinds)[number];

const allRouters = requireAddress('ff02::2');

/** A message that every router must answer; `number`, 24 bits, distinguishes them. */
export function question(kind: QuestionKind, sender: Sender, number = 0): Uint8Array {
  const low = [number >>> 8, number].map((byte) => byte & 0xff);
  switch (kind) {
    case 'rs': {
      const body = concatBytes([new Uint8Array(4), linkLayerOption(sender)]);
      return icmpv6Frame(sender, allRouters, icmpv6Type.routerSolicitation, body);
    }
    case 'ns':
      return solicitation(routerAddress, sender);
    case 'echo': {
      const body = Uint8Array.of(0x4c, number >>> 16, ...low, 1, 2, 3, 4);
      return icmpv6Frame(sender, routerAddress, icmpv6Type.echoRequest, body);
    }
    case 'dhcpv6': {
      const options: Dhcpv6Option[] = [
        { kind: 'client-id', duid: concatBytes([Uint8Array.of(0, 3, 0, 1), sender.mac]) },
        { kind: 'elapsed-time', hundredths: 0 },
        { kind: 'ia-na', iaid: number, t1: 0, t2: 0, options: [] },
      ];
      const { solicit } = dhcpv6MessageType;
      const payload = encodeDhcpv6Message({ type: solicit, transactionId: number, options });
      return frame(sender, allDhcpServers, nextHeader.udp, dhcpv6Datagram(sender, payload));
    }
  }
}

/** A neighbour solicitation for any address. */
export function solicitation(target: Uint8Array, sender: Sender): Uint8Array {
  const body = concatBytes([new Uint8Array(4), target, linkLayerOption(sender)]);
  const group = solicitedNodeAddress(target);
  return icmpv6Frame(sender, group, icmpv6Type.neighbourSolicitation, body);
}

/** A first segment of TCP to the router. */
export function tcpSyn(port: number, sender: Sender): Uint8Array {
  const segment = new Uint8Array(20);
  segment.set([
    0xc0,
    0x01,
    port >>> 8,
    port & 0xff,
    1,
    2,
    3,
    4,
    0,
    0,
    0,
    0,
    0x50,
    0x02,
    0xff,
    0xff,
  ]);
  const addresses = { source: sender.address, destination: routerAddress };
  writeUint16(segment, 16, messageChecksum(addresses, nextHeader.tcp, segment));
  return frame(sender, routerAddress, nextHeader.tcp, segment);
}

export function udpToPort(port: number, sender: Sender): Uint8Array {
  const addresses = { source: sender.address, destination: routerAddress };
  const datagram = { sourcePort: 49_153, destinationPort: port, payload: Uint8Array.of(1, 2, 3) };
  return frame(sender, routerAddress, nextHeader.udp, encodeUdp(addresses, datagram));
}

export function randomSender(random: Random): Sender {
  const bytes = () => Uint8Array.from({ length: 8 }, () => random(256));
  return { mac: bytes().subarray(0, 6).with(0, 0x02), address: linkLocal(bytes()) };
}

export function linkLocal(identifier: Uint8Array): Uint8Array {
  return concatBytes([Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0), identifier]);
}

/** A frame with something wrong in it, most of the time. */
export function malformed(random: Random): Uint8Array {
  const sender = randomSender(random);
  const kinds = questionKinds.map((kind) => question(kind, sender, random(0x1000000)));
  const good = kinds[random(kinds.length)]!;
  const other = kinds[random(kinds.length)]!;
  if (random(4) === 0) return withEthernetHeader(mutate(good, other, random), good);
  const packet = good.subarray(14);
  const protocol = packet[6]!;
  const headers = { destination: packet.slice(24, 40), source: sender.address };
  const upperStart = ipv6HeaderLength + (protocol === nextHeader.udp ? 8 : 0);
  const changed = mutate(packet.subarray(upperStart), other.subarray(14 + upperStart), random);
  const upper =
    protocol === nextHeader.udp
      ? dhcpv6Datagram(sender, changed.subarray(0, 1440))
      : icmpv6Message(headers, changed.subarray(0, 1440));
  if (random(4) > 0) return frame(sender, headers.destination, protocol, upper);
  return frame(sender, headers.destination, ...behindExtensionHeaders(protocol, upper, random));
}

/** Up to ten headers: more than are followed. */
function behindExtensionHeaders(
  protocol: number,
  upper: Uint8Array,
  random: Random,
): [protocol: number, payload: Uint8Array] {
  const kinds = [nextHeader.hopByHop, nextHeader.routing, nextHeader.destinationOptions, 44];
  let next = protocol;
  const headers: Uint8Array[] = [];
  for (let count = 1 + random(10); count > 0; count--) {
    const kind = kinds[random(kinds.length)]!;
    headers.unshift(
      Uint8Array.of(next, random(8) ? 0 : random(256), random(4) ? 0 : 9, 0, 0, 0, 0, 0),
    );
    next = kind;
  }
  return [next, concatBytes([...headers, upper]).subarray(0, 1440)];
}

/** Both MACs and the type stay, or the card would not look at it. One byte more: there is no empty frame. */
function withEthernetHeader(bytes: Uint8Array, original: Uint8Array): Uint8Array {
  return concatBytes([original.subarray(0, 14), bytes.subarray(14, 1500), Uint8Array.of(0)]);
}

function icmpv6Frame(
  sender: Sender,
  destination: Uint8Array,
  type: number,
  body: Uint8Array,
): Uint8Array {
  const addresses = { source: sender.address, destination };
  const message = encodeIcmpv6(addresses, { type, code: 0, body });
  return frame(sender, destination, nextHeader.icmpv6, message);
}

/** `bytes` with the checksum made right; too short for one: as it is. */
function icmpv6Message(addresses: AddressPair, bytes: Uint8Array): Uint8Array {
  if (bytes.length < 4) return bytes;
  return encodeIcmpv6(addresses, { type: bytes[0]!, code: bytes[1]!, body: bytes.subarray(4) });
}

function dhcpv6Datagram(sender: Sender, payload: Uint8Array): Uint8Array {
  const addresses = { source: sender.address, destination: allDhcpServers };
  const ports = { sourcePort: dhcpv6ClientPort, destinationPort: dhcpv6ServerPort };
  return encodeUdp(addresses, { ...ports, payload });
}

function frame(
  { mac, address }: Sender,
  destination: Uint8Array,
  protocol: number,
  payload: Uint8Array,
): Uint8Array {
  const header = { source: address, destination, nextHeader: protocol, hopLimit: 255 };
  const ethernet = {
    source: mac,
    destination: macFor(destination),
    etherType: etherType.ipv6,
  };
  return encodeEthernet(ethernet, encodeIpv6(header, payload));
}

/** For unicast all nodes: the sender does not need the router's address. */
function macFor(destination: Uint8Array): Uint8Array {
  return multicastMac(destination[0] === 0xff ? destination : allNodes);
}

function linkLayerOption({ mac }: Sender): Uint8Array {
  return concatBytes([Uint8Array.of(1, 1), mac]);
}

function requireAddress(text: string): Uint8Array {
  const address = parseIpv6(text);
  if (address === undefined) throw new TypeError(text);
  return address;
}
