/**
 * DHCP unique identifiers (RFC 8415 section 11). On the wire and in our state a DUID is opaque bytes; here are the two
 * kinds that we make. Throws nothing but InternalError.
 */
import { requireLength } from '../bytes.ts';
import { macAddressLength } from '../mac-address.ts';

const typeLinkLayer = 3;
const typeUuid = 4;
const hardwareTypeEthernet = 1;

/** Two bytes of type and up to 128 of identifier (RFC 8415 section 11.1). */
export const maxDuidLength = 130;

/** DUID-UUID (RFC 6355) from 16 bytes. */
export function duidFromUuid(uuid: Uint8Array): Uint8Array {
  return Uint8Array.of(0, typeUuid, ...requireLength(uuid, 16, 'UUID'));
}

/** DUID-LL from a MAC address that stays with the device. */
export function duidFromMac(mac: Uint8Array): Uint8Array {
  const address = requireLength(mac, macAddressLength, 'MAC address');
  return Uint8Array.of(0, typeLinkLayer, 0, hardwareTypeEthernet, ...address);
}

/** Type and at least one byte, within the limit: what other parties may call themselves. */
export function isPlausibleDuid(bytes: Uint8Array): boolean {
  return bytes.length > 2 && bytes.length <= maxDuidLength;
}
