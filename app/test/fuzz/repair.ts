/** Makes a changed packet look right on the outside, so that it is read to where it is wrong. */
import { upperLayerChecksum } from '../../src/wire/checksum.ts';
import { newUpperLayer, walkExtensionHeaders } from '../../src/wire/extension-headers.ts';

/** Makes length and checksum right, which random changes never do, so that they reach what is behind. */
export function repair(packet: Uint8Array): void {
  if (packet.length < 44) return;
  packet[0] = 0x60;
  packet[4] = (packet.length - 40) >>> 8;
  packet[5] = packet.length - 40;
  const upper = newUpperLayer();
  if (!walkExtensionHeaders(packet, 0, packet.length, upper)) return;
  const at = upper.offset + (upper.protocol === 17 ? 6 : 2);
  if (at + 2 > packet.length) return;
  if (upper.protocol === 17) {
    packet[at - 2] = (packet.length - upper.offset) >>> 8;
    packet[at - 1] = packet.length - upper.offset;
  }
  packet[at] = 0;
  packet[at + 1] = 0;
  const sum = upperLayerChecksum(packet, 0, upper.protocol, upper.offset, packet.length) || 0xffff;
  packet[at] = sum >>> 8;
  packet[at + 1] = sum;
}
