/** Packets and addresses for the tests of the router. Recorded messages are whole packets in hex. */
import { instant } from '../../../src/core/time.ts';
import { concatBytes } from '../../../src/wire/bytes.ts';
import { messageChecksum } from '../../../src/wire/checksum.ts';
import { parseIpv6 } from '../../../src/wire/ipv6-address.ts';
import { decodeIpv6, encodeIpv6, nextHeader } from '../../../src/wire/ipv6.ts';
import type { RouterAction } from '../../../src/router/router-action.ts';

/** Blanks are only for the reader. */
export function hex(text: string): Uint8Array {
  const digits = text.replace(/\s/g, '');
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function ip(text: string): Uint8Array {
  const address = parseIpv6(text);
  if (address === undefined) throw new TypeError(`not an IPv6 address: ${text}`);
  return address;
}

export const ownAddress = ip('fd00:8f80:1::1234');
export const hostLinkLocal = ip('fe80::d4ad:beff:feef:1');
export const router = ip('fe80::1');
/** An address that no station here has. */
export const otherAddress = ip('2001:db8::99');
/** For events whose time does not matter. */
export const anyTime = instant(5_000_000);

export const ownMac = hex('0242ac110002');
export const hostMac = hex('d6adbeef0001');
export const otherMac = hex('020000000009');

/** RFC 3315/8415 messages and neighbour discovery as the C system exchanged them. */
export const recorded = {
  routerSolicitation: hex(
    `6000000000083aff fe80000000000000d4adbefffeef0001 ff020000000000000000000000000002
     8500ea9800000000`,
  ),
  /** Route lifetimes infinite. */
  advertisementDefault: hex(
    `6000000000303aff fe800000000000000000000000000001 ff020000000000000000000000000001
     860069d0 00882328 00000000 00000000 0501000000000500
     18034008ffffffff fd008f80000100000000000000000000`,
  ),
  solicitedAdvertisement: hex(
    `6000000000203aff fe800000000000000000000000000001 fe80000000000000d4adbefffeef0001
     8800792a c0000000 fe800000000000000000000000000001 02010242ac110002`,
  ),
  dhcpSolicit: hex(
    `6000000000381101 fe80000000000000d4adbefffeef0001 ff020000000000000000000000010002
     022202230038 40b1 01abcdef 0001000a00030001 0242ac110001 00060004001700180008000200000003000c
     ac1100010000000000000000`,
  ),
};

interface PacketParts {
  source?: Uint8Array;
  destination?: Uint8Array;
  hopLimit?: number;
}

/** An ICMPv6 message from the host with its checksum filled in; `message` starts with type and code. */
export function icmpv6(message: Uint8Array, parts: PacketParts = {}): Uint8Array {
  const { source = hostLinkLocal, destination = router, hopLimit = 255 } = parts;
  const bytes = message.slice();
  bytes.set([0, 0], 2);
  const checksum = messageChecksum({ source, destination }, nextHeader.icmpv6, bytes);
  bytes.set([checksum >> 8, checksum & 0xff], 2);
  return encodeIpv6({ source, destination, hopLimit, nextHeader: nextHeader.icmpv6 }, bytes);
}

/** A UDP datagram from the host with its checksum filled in. */
export function udp(
  ports: { from: number; to: number },
  payload: Uint8Array,
  parts: PacketParts = {},
): Uint8Array {
  const { source = hostLinkLocal, destination = ip('ff02::1:2'), hopLimit = 1 } = parts;
  const length = 8 + payload.length;
  const header = [ports.from, ports.to, length, 0].flatMap((word) => [word >> 8, word & 0xff]);
  const bytes = concatBytes([Uint8Array.from(header), payload]);
  const checksum = messageChecksum({ source, destination }, nextHeader.udp, bytes) || 0xffff;
  bytes.set([checksum >> 8, checksum & 0xff], 6);
  return encodeIpv6({ source, destination, hopLimit, nextHeader: nextHeader.udp }, bytes);
}

/** `packet` with a header of its own kind between the fixed header and the payload. */
export function withExtensionHeader(
  packet: Uint8Array,
  type: number,
  body: Uint8Array,
): Uint8Array {
  const decoded = decodeIpv6(packet);
  const header = body.slice();
  header[0] = decoded.nextHeader;
  return encodeIpv6({ ...decoded, nextHeader: type }, concatBytes([header, decoded.payload]));
}

/** A packet to the router that ends with its fixed header. */
export const noNextHeader = encodeIpv6(
  { source: hostLinkLocal, destination: router, hopLimit: 64, nextHeader: nextHeader.none },
  new Uint8Array(0),
);

export function sentPackets(actions: readonly RouterAction[]): Uint8Array[] {
  return actions.flatMap((action) => (action.type === 'send' ? [action.packet] : []));
}
