/** Builds ICMPv6 packets whose message is given in hex, checksum computed: the one thing that a test row leaves out. */
import { messageChecksum } from '../../../../src/wire/checksum.ts';
import { writeUint16 } from '../../../../src/wire/bytes.ts';
import { encodeIpv6 } from '../../../../src/wire/ipv6.ts';
import { parseIpv6 } from '../../../../src/wire/ipv6-address.ts';
import { bytes, hex } from '../hex.ts';

export interface Envelope {
  source?: string;
  destination?: string;
  hopLimit?: number;
  /** Extension headers in front of the message, and the type of the first. */
  extension?: { nextHeader: number; wire: string };
}

/** Hex of a whole packet; `message` has zeros in place of its checksum. */
export function wirePacket(message: string, envelope: Envelope = {}): string {
  const { source = 'fe80::1', destination = 'fe80::2', hopLimit = 255, extension } = envelope;
  const addresses = { source: parseIpv6(source)!, destination: parseIpv6(destination)! };
  const icmp = bytes(message);
  if (icmp.length >= 4) writeUint16(icmp, 2, messageChecksum(addresses, 58, icmp));
  const payload = extension ? Uint8Array.of(...bytes(extension.wire), ...icmp) : icmp;
  const header = { ...addresses, nextHeader: extension?.nextHeader ?? 58, hopLimit };
  return hex(encodeIpv6(header, payload));
}
