/** Elapsed Time (RFC 8415 section 21.9). */
import { readUint16, requireUint, writeUint16 } from '../../bytes.ts';
import { requireDataLength } from './data-length.ts';
import type { Dhcpv6OptionCodec } from './option.ts';

export interface ElapsedTimeOption {
  readonly kind: 'elapsed-time';
  /** Hundredths of a second since the client's first try; 65535: that or more. */
  readonly hundredths: number;
}

/** OPTION_ELAPSED_TIME (RFC 8415 section 21.9). */
export const elapsedTimeCodec: Dhcpv6OptionCodec<ElapsedTimeOption> = {
  code: 8,
  kind: 'elapsed-time',

  encode(option) {
    const data = new Uint8Array(2);
    writeUint16(data, 0, requireUint(option.hundredths, 16, 'elapsed time'));
    return data;
  },

  decode(data) {
    requireDataLength(data, 2, 'DHCPv6 Elapsed Time option');
    return { kind: 'elapsed-time', hundredths: readUint16(data, 0) };
  },
};
