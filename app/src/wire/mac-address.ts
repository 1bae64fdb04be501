/** MAC-48 addresses as 6 bytes and their usual text, `02:42:ac:11:00:02`. */
import { InternalError } from '../core/errors.ts';

export const macAddressLength = 6;

/** Six pairs of hex digits, all joined by `:` or all by `-`, upper or lower case; otherwise `undefined`. */
export function parseMac(text: string): Uint8Array | undefined {
  if (!/^[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}$/i.test(text)) return undefined;
  return Uint8Array.from(text.split(/[:-]/), (pair) => Number.parseInt(pair, 16));
}

/** Lower case, joined by `:`, of the 6 bytes at `off`. */
export function formatMac(buf: Uint8Array, off = 0): string {
  const bytes = buf.subarray(off, off + macAddressLength);
  if (bytes.length !== macAddressLength) {
    throw new InternalError(`a MAC address has 6 bytes, got ${bytes.length}`);
  }
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** The address of one station: not a group address and not all zeros. */
export function isUnicastMac(buf: Uint8Array, off = 0): boolean {
  if ((buf[off]! & 1) !== 0) return false;
  for (let i = off; i < off + macAddressLength; i++) if (buf[i] !== 0) return true;
  return false;
}

export function macEquals(buf: Uint8Array, off: number, mac: Uint8Array): boolean {
  for (let i = 0; i < macAddressLength; i++) if (buf[off + i] !== mac[i]) return false;
  return true;
}
