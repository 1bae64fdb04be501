/** Recursive DNS Server (RFC 8106 section 5.1). */
import { InternalError, ParseError } from '../../../core/errors.ts';
import { readUint32, requireLength, requireUint, writeUint32 } from '../../bytes.ts';
import { ipv6AddressLength } from '../../ipv6-address.ts';
import type { WireSeconds } from '../../wire-seconds.ts';
import type { NdOptionCodec } from './option.ts';

const type = 25;
const addressesOffset = 8;
/** The length byte counts 8-byte units and includes the first 8 bytes. */
const maxServers = 127;

export interface RdnssOption {
  readonly kind: 'rdnss';
  readonly lifetime: WireSeconds;
  /** At least one, 16 bytes each. */
  readonly servers: readonly Uint8Array[];
}

/** Recursive DNS Server (type 25, RFC 8106 section 5.1). */
export const rdnssCodec: NdOptionCodec<RdnssOption> = {
  type,
  kind: 'rdnss',

  encode(option) {
    const { servers } = option;
    if (servers.length === 0 || servers.length > maxServers) {
      throw new InternalError(`RDNSS with ${servers.length} servers`);
    }
    const bytes = new Uint8Array(addressesOffset + servers.length * ipv6AddressLength);
    bytes[0] = type;
    bytes[1] = bytes.length / 8;
    writeUint32(bytes, 4, requireUint(option.lifetime, 32, 'RDNSS lifetime'));
    servers.forEach((server, i) => {
      const address = requireLength(server, ipv6AddressLength, 'DNS server');
      bytes.set(address, addressesOffset + i * ipv6AddressLength);
    });
    return bytes;
  },

  decode(bytes) {
    const addresses = bytes.subarray(addressesOffset);
    if (addresses.length === 0 || addresses.length % ipv6AddressLength !== 0) {
      throw new ParseError('ND RDNSS option', 1, `length ${bytes[1]!}`);
    }
    const servers: Uint8Array[] = [];
    for (let at = 0; at < addresses.length; at += ipv6AddressLength) {
      servers.push(addresses.subarray(at, at + ipv6AddressLength));
    }
    return { kind: 'rdnss', lifetime: readUint32(bytes, 4), servers };
  },
};
