/** Preference of the server (RFC 8415 section 21.8). */
import { requireUint } from '../../bytes.ts';
import { requireDataLength } from './data-length.ts';

export const preferenceCode = 7;

export interface PreferenceOption {
  readonly kind: 'preference';
  /** 0 to 255; a client that sees 255 asks this server at once. */
  readonly value: number;
}

export function encodePreference(option: PreferenceOption): Uint8Array {
  return Uint8Array.of(requireUint(option.value, 8, 'preference'));
}

export function decodePreference(data: Uint8Array): PreferenceOption {
  requireDataLength(data, 1, 'DHCPv6 Preference option');
  return { kind: 'preference', value: data[0]! };
}
