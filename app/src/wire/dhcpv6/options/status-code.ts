/** Status Code (RFC 8415 section 21.13), of a message or of an IA. */
import { ParseError } from '../../../core/errors.ts';
import { concatBytes, readUint16, requireUint, writeUint16 } from '../../bytes.ts';
import type { Dhcpv6OptionCodec } from './option.ts';

const textOffset = 2;

export const dhcpv6Status = {
  success: 0,
  unspecFail: 1,
  noAddrsAvail: 2,
  noBinding: 3,
  notOnLink: 4,
  useMulticast: 5,
  noPrefixAvail: 6,
} as const;

export interface StatusCodeOption {
  readonly kind: 'status-code';
  readonly status: number;
  /** For the person at the other end; may be empty. Bytes that are not UTF-8 arrive as U+FFFD. */
  readonly text: string;
}

/** OPTION_STATUS_CODE (RFC 8415 section 21.13). */
export const statusCodeCodec: Dhcpv6OptionCodec<StatusCodeOption> = {
  code: 13,
  kind: 'status-code',

  encode(option) {
    const fixed = new Uint8Array(textOffset);
    writeUint16(fixed, 0, requireUint(option.status, 16, 'status code'));
    return option.text === '' ? fixed : concatBytes([fixed, new TextEncoder().encode(option.text)]);
  },

  decode(data) {
    if (data.length < textOffset) {
      throw new ParseError('DHCPv6 Status Code option', data.length, 'cut short');
    }
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(data.subarray(textOffset));
    return { kind: 'status-code', status: readUint16(data, 0), text };
  },
};
