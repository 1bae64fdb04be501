/** DNS Recursive Name Server (RFC 3646 section 3). */
import { ParseError } from '../../../core/errors.ts';
import { concatBytes, requireLength } from '../../bytes.ts';
import { ipv6AddressLength } from '../../ipv6-address.ts';
import type { Dhcpv6OptionCodec } from './option.ts';

export interface DnsServersOption {
  readonly kind: 'dns-servers';
  /** 16 bytes each. */
  readonly servers: readonly Uint8Array[];
}

/** OPTION_DNS_SERVERS (RFC 3646 section 3). */
export const dnsServersCodec: Dhcpv6OptionCodec<DnsServersOption> = {
  code: 23,
  kind: 'dns-servers',

  encode(option) {
    return concatBytes(
      option.servers.map((server) => requireLength(server, ipv6AddressLength, 'DNS server')),
    );
  },

  decode(data) {
    if (data.length % ipv6AddressLength !== 0) {
      throw new ParseError('DHCPv6 DNS Servers option', data.length, 'cut short');
    }
    const servers: Uint8Array[] = [];
    for (let at = 0; at < data.length; at += ipv6AddressLength) {
      servers.push(data.subarray(at, at + ipv6AddressLength));
    }
    return { kind: 'dns-servers', servers };
  },
};
