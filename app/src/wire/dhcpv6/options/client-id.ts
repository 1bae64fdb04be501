/** Client Identifier (RFC 8415 section 21.2). */
import { ParseError } from '../../../core/errors.ts';
import { isPlausibleDuid } from '../duid.ts';

export const clientIdCode = 1;

export interface ClientIdOption {
  readonly kind: 'client-id';
  readonly duid: Uint8Array;
}

export function encodeClientId(option: ClientIdOption): Uint8Array {
  return option.duid;
}

export function decodeClientId(data: Uint8Array): ClientIdOption {
  if (!isPlausibleDuid(data)) {
    throw new ParseError('DHCPv6 Client Identifier option', 0, `DUID of ${data.length} bytes`);
  }
  return { kind: 'client-id', duid: data };
}
