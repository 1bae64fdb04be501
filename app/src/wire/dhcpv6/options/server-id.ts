/** Server Identifier (RFC 8415 section 21.3). */
import { ParseError } from '../../../core/errors.ts';
import { isPlausibleDuid } from '../duid.ts';
import type { Dhcpv6OptionCodec } from './option.ts';

export interface ServerIdOption {
  readonly kind: 'server-id';
  readonly duid: Uint8Array;
}

/** OPTION_SERVERID (RFC 8415 section 21.3). */
export const serverIdCodec: Dhcpv6OptionCodec<ServerIdOption> = {
  code: 2,
  kind: 'server-id',

  encode(option) {
    return option.duid;
  },

  decode(data) {
    if (!isPlausibleDuid(data)) {
      throw new ParseError('DHCPv6 Server Identifier option', 0, `DUID of ${data.length} bytes`);
    }
    return { kind: 'server-id', duid: data };
  },
};
