/** SOL_MAX_RT (RFC 8415 section 21.24). */
import { readUint32, requireUint, writeUint32 } from '../../bytes.ts';
import type { WireSeconds } from '../../wire-seconds.ts';
import { requireDataLength } from './data-length.ts';
import type { Dhcpv6OptionCodec } from './option.ts';

export interface SolMaxRtOption {
  readonly kind: 'sol-max-rt';
  /** Longest pause between two SOLICITs; clients ignore what is outside 60 to 86400. */
  readonly seconds: WireSeconds;
}

/** OPTION_SOL_MAX_RT (RFC 8415 section 21.24). */
export const solMaxRtCodec: Dhcpv6OptionCodec<SolMaxRtOption> = {
  code: 82,
  kind: 'sol-max-rt',

  encode(option) {
    const data = new Uint8Array(4);
    writeUint32(data, 0, requireUint(option.seconds, 32, 'SOL_MAX_RT'));
    return data;
  },

  decode(data) {
    requireDataLength(data, 4, 'DHCPv6 SOL_MAX_RT option');
    return { kind: 'sol-max-rt', seconds: readUint32(data, 0) };
  },
};
