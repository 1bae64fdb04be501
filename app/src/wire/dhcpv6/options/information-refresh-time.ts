/** Information Refresh Time (RFC 8415 section 21.23). */
import { readUint32, requireUint, writeUint32 } from '../../bytes.ts';
import type { WireSeconds } from '../../wire-seconds.ts';
import { requireDataLength } from './data-length.ts';
import type { Dhcpv6OptionCodec } from './option.ts';

export interface InformationRefreshTimeOption {
  readonly kind: 'information-refresh-time';
  /** When a stateless client asks again; clients take less than 600 as 600. */
  readonly seconds: WireSeconds;
}

/** OPTION_INFORMATION_REFRESH_TIME (RFC 8415 section 21.23). */
export const informationRefreshTimeCodec: Dhcpv6OptionCodec<InformationRefreshTimeOption> = {
  code: 32,
  kind: 'information-refresh-time',

  encode(option) {
    const data = new Uint8Array(4);
    writeUint32(data, 0, requireUint(option.seconds, 32, 'Information Refresh Time'));
    return data;
  },

  decode(data) {
    requireDataLength(data, 4, 'DHCPv6 Information Refresh Time option');
    return { kind: 'information-refresh-time', seconds: readUint32(data, 0) };
  },
};
