/** Option Request (RFC 8415 section 21.7): codes of the options that the client wants. */
import { ParseError } from '../../../core/errors.ts';
import { readUint16, requireUint, writeUint16 } from '../../bytes.ts';
import type { Dhcpv6OptionCodec } from './option.ts';

export interface OptionRequestOption {
  readonly kind: 'option-request';
  readonly codes: readonly number[];
}

/** OPTION_ORO (RFC 8415 section 21.7). */
export const optionRequestCodec: Dhcpv6OptionCodec<OptionRequestOption> = {
  code: 6,
  kind: 'option-request',

  encode(option) {
    const data = new Uint8Array(2 * option.codes.length);
    option.codes.forEach((code, i) =>
      writeUint16(data, 2 * i, requireUint(code, 16, 'option code')),
    );
    return data;
  },

  decode(data) {
    if (data.length % 2 !== 0) {
      throw new ParseError('DHCPv6 Option Request option', data.length, 'odd length');
    }
    const codes: number[] = [];
    for (let at = 0; at < data.length; at += 2) codes.push(readUint16(data, at));
    return { kind: 'option-request', codes };
  },
};
