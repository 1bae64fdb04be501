/** INF_MAX_RT (RFC 8415 section 21.25). */
import { readUint32, requireUint, writeUint32 } from '../../bytes.ts';
import type { WireSeconds } from '../../wire-seconds.ts';
import { requireDataLength } from './data-length.ts';
import type { Dhcpv6OptionCodec } from './option.ts';

export interface InfMaxRtOption {
  readonly kind: 'inf-max-rt';
  /** Longest pause between two INFORMATION-REQUESTs; clients ignore what is outside 60 to 86400. */
  readonly seconds: WireSeconds;
}

/** OPTION_INF_MAX_RT (RFC 8415 section 21.25). */
export const infMaxRtCodec: Dhcpv6OptionCodec<InfMaxRtOption> = {
  code: 83,
  kind: 'inf-max-rt',

  encode(option) {
    const data = new Uint8Array(4);
    writeUint32(data, 0, requireUint(option.seconds, 32, 'INF_MAX_RT'));
    return data;
  },

  decode(data) {
    requireDataLength(data, 4, 'DHCPv6 INF_MAX_RT option');
    return { kind: 'inf-max-rt', seconds: readUint32(data, 0) };
  },
};
