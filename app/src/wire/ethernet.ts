/**
 * Ethernet II headers and the IPv6 multicast mapping (RFC 2464 sections 3 and 7), control plane: decode throws
 * ParseError and returns views. Leaves out 802.1Q tags, 802.3 length fields and the frame check sequence.
 */
import { ParseError } from '../core/errors.ts';
import { readUint16, requireLength, writeUint16 } from './bytes.ts';
import { macAddressLength } from './mac-address.ts';

export const ethernetHeaderLength = 14;

export const etherType = { ipv4: 0x0800, arp: 0x0806, vlan: 0x8100, ipv6: 0x86dd } as const;

export interface EthernetHeader {
  /** 6 bytes. */
  readonly destination: Uint8Array;
  /** 6 bytes. */
  readonly source: Uint8Array;
  readonly etherType: number;
}

export interface EthernetFrame extends EthernetHeader {
  readonly payload: Uint8Array;
}

/** No padding to 60 bytes: the driver's job. */
export function encodeEthernet(header: EthernetHeader, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(ethernetHeaderLength + payload.length);
  frame.set(requireLength(header.destination, macAddressLength, 'destination MAC'), 0);
  frame.set(requireLength(header.source, macAddressLength, 'source MAC'), macAddressLength);
  writeUint16(frame, 12, header.etherType);
  frame.set(payload, ethernetHeaderLength);
  return frame;
}

/** The payload may have padding behind the packet in it: short frames are filled to 60 bytes on the wire. */
export function decodeEthernet(frame: Uint8Array): EthernetFrame {
  if (frame.length < ethernetHeaderLength) {
    throw new ParseError('Ethernet header', frame.length, 'cut short');
  }
  return {
    destination: frame.subarray(0, macAddressLength),
    source: frame.subarray(macAddressLength, 2 * macAddressLength),
    etherType: readUint16(frame, 12),
    payload: frame.subarray(ethernetHeaderLength),
  };
}

/** 33:33 and the last four bytes of the IPv6 multicast address at `off`. */
export function multicastMac(buf: Uint8Array, off = 0): Uint8Array {
  return Uint8Array.of(0x33, 0x33, buf[off + 12]!, buf[off + 13]!, buf[off + 14]!, buf[off + 15]!);
}
