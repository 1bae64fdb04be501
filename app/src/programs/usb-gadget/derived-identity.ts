/**
 * Stand-ins for what a card's identity area lacks. Each is a function of something that never changes, so that a host
 * recognizes the card: its interface name, its DUID and its firewall rules hang on them.
 *
 * MAC address n of a card: the first six bytes of SHA-256("usb-gadget mac <n> of <serial>"), with the bit "locally
 * administered" set and the bit "group" cleared. Serial number: "unprovisioned-" and the first 16 hexadecimal digits
 * of SHA-256("usb-gadget serial of <machine id>"); the machine id itself must not leave the machine (machine-id(5)).
 */
import { createHash } from 'node:crypto';

/** `number` as in /rom/mac_address. */
export function derivedMac(serial: string, number: number): string {
  const bytes = sha256(`usb-gadget mac ${number} of ${serial}`).subarray(0, 6);
  bytes[0] = (bytes[0]! & 0xfc) | 0x02;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

export function derivedSerial(machineId: string): string {
  return `unprovisioned-${sha256(`usb-gadget serial of ${machineId}`).toString('hex').slice(0, 16)}`;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
