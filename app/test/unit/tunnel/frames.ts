/** Bursts and packets for the tests of the filters. */
import fc from 'fast-check';
import { ParseError } from '../../../src/core/errors.ts';
import { concatBytes } from '../../../src/wire/bytes.ts';
import { encodeFrame, frameHeaderLength, nextFrame } from '../../../src/wire/frame-stream.ts';
import { decodeIpv6, encodeIpv6, type Ipv6Packet } from '../../../src/wire/ipv6.ts';
import { hex, ip, otherAddress, ownAddress } from '../router/packets.ts';

export function burst(...packets: Uint8Array[]): Uint8Array {
  return concatBytes(packets.map(encodeFrame));
}

/** The packets of the burst `buf[off, end)`, copied. */
export function packetsOf(buf: Uint8Array, off: number, end: number): Uint8Array[] {
  const packets: Uint8Array[] = [];
  for (let at = off; at < end; at = nextFrame(buf, at)) {
    packets.push(buf.slice(at + frameHeaderLength, nextFrame(buf, at)));
  }
  return packets;
}

export interface PacketParts {
  source?: Uint8Array;
  destination?: Uint8Array;
  protocol?: number;
  payload?: Uint8Array;
}

/** Towards the ENF; TCP, which no filter looks into, unless set otherwise. */
export function outgoing(parts: PacketParts = {}): Uint8Array {
  return packet({ source: ownAddress, destination: otherAddress, ...parts });
}

/** From the ENF. */
export function incoming(parts: PacketParts = {}): Uint8Array {
  return packet({ source: otherAddress, destination: ownAddress, ...parts });
}

function packet(parts: PacketParts): Uint8Array {
  const { source = ownAddress, destination = ownAddress, protocol = 6 } = parts;
  const payload = parts.payload ?? new Uint8Array(20);
  return encodeIpv6({ source, destination, hopLimit: 64, nextHeader: protocol }, payload);
}

/** A whole IPv4 packet of 28 bytes. */
export const ipv4Packet = hex('4500001c 00000000 40110000 c0000201 c0000202 1234 5678 0008 0000');

const someAddress = fc.constantFrom(
  ...[ownAddress, otherAddress],
  ...['::', '::1', 'fe80::1', 'fe80::2', 'febf::1', 'fec0::1', 'fd00:8f80:1::1235'].map(ip),
  ...['fde7:c3f9:6d0e::1', 'fde7:c3f9:6d0e::2'].map(ip),
  ...['ff01::1', 'ff02::1', 'ff02::1:2', 'ff12::5', 'ff05::1:3', 'ff0e::1', 'ff03::1'].map(ip),
);
const someProtocol = fc.constantFrom(0, 6, 17, 43, 44, 50, 51, 58, 59, 60, 135);
const somePayload = fc.oneof(
  fc.uint8Array({ maxLength: 80 }),
  // Echo replies, discovery, listener reports and UDP to the ports that matter.
  fc
    .tuple(
      fc.constantFrom('81005566454e4654', '8600', '87', '8f', '8f00aabb', '01000000'),
      fc.uint8Array({ maxLength: 8 }),
    )
    .map(([head, tail]) => concatBytes([hex(head), tail])),
  fc.constantFrom(545, 546, 547, 548).map((port) => hex(`0222 0${port.toString(16)} 0008 0000`)),
  fc.constantFrom(1240, 1241, 1456).map((length) => new Uint8Array(length)),
);

/** Anything a peer may send in one frame: mostly whole packets that touch some rule, sometimes rubbish. */
export const anyPacket: fc.Arbitrary<Uint8Array> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .record({
        source: someAddress,
        destination: someAddress,
        protocol: someProtocol,
        payload: somePayload,
      })
      .map(packet),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 100 }) },
  { weight: 1, arbitrary: fc.constantFrom(ipv4Packet, ipv4Packet.subarray(0, 27)) },
);

export const anyBurst = fc.array(anyPacket, { maxLength: 12 });

/** Undefined for what is not one whole IPv6 packet. */
export function tryDecode(packet: Uint8Array): Ipv6Packet | undefined {
  try {
    return decodeIpv6(packet);
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}
