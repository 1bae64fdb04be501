/** Client Identifier (RFC 8415 section 21.2). */
import { ParseError } from '../../../core/errors.ts';
import { isPlausibleDuid } from '../duid.ts';
import type { Dhcpv6OptionCodec } from './option.ts';

export interface ClientIdOption {
  readonly kind: 'client-id';
  readonly duid: Uint8Array;
}

/** OPTION_CLIENTID (RFC 8415 section 21.2). */
export const clientIdCodec: Dhcpv6OptionCodec<ClientIdOption> = {
  code: 1,
  kind: 'client-id',

  encode(option) {
    return option.duid;
  },

  decode(data) {
    if (!isPlausibleDuid(data)) {
      throw new ParseError('DHCPv6 Client Identifier option', 0, `DUID of ${data.length} bytes`);
    }
    return { kind: 'client-id', duid: data };
  },
};
