/** Server Identifier (RFC 8415 section 21.3). */
import { ParseError } from '../../../core/errors.ts';
import { isPlausibleDuid } from '../duid.ts';

export const serverIdCode = 2;

export interface ServerIdOption {
  readonly kind: 'server-id';
  readonly duid: Uint8Array;
}

export function encodeServerId(option: ServerIdOption): Uint8Array {
  return option.duid;
}

export function decodeServerId(data: Uint8Array): ServerIdOption {
  if (!isPlausibleDuid(data)) {
    throw new ParseError('DHCPv6 Server Identifier option', 0, `DUID of ${data.length} bytes`);
  }
  return { kind: 'server-id', duid: data };
}
