/** Rapid Commit (RFC 8415 section 21.14): two messages instead of four. */
import { requireDataLength } from './data-length.ts';
import type { Dhcpv6OptionCodec } from './option.ts';

export interface RapidCommitOption {
  readonly kind: 'rapid-commit';
}

/** OPTION_RAPID_COMMIT (RFC 8415 section 21.14). */
export const rapidCommitCodec: Dhcpv6OptionCodec<RapidCommitOption> = {
  code: 14,
  kind: 'rapid-commit',

  encode() {
    return new Uint8Array(0);
  },

  decode(data) {
    requireDataLength(data, 0, 'DHCPv6 Rapid Commit option');
    return { kind: 'rapid-commit' };
  },
};
