/** Preference of the server (RFC 8415 section 21.8). */
import { requireUint } from '../../bytes.ts';
import { requireDataLength } from './data-length.ts';
import type { Dhcpv6OptionCodec } from './option.ts';

export interface PreferenceOption {
  readonly kind: 'preference';
  /** 0 to 255; a client that sees 255 asks this server at once. */
  readonly value: number;
}

/** OPTION_PREFERENCE (RFC 8415 section 21.8). */
export const preferenceCodec: Dhcpv6OptionCodec<PreferenceOption> = {
  code: 7,
  kind: 'preference',

  encode(option) {
    return Uint8Array.of(requireUint(option.value, 8, 'preference'));
  },

  decode(data) {
    requireDataLength(data, 1, 'DHCPv6 Preference option');
    return { kind: 'preference', value: data[0]! };
  },
};
