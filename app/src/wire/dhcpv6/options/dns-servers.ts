/** DNS Recursive Name Server (RFC 3646 section 3). */
import { ParseError } from '../../../core/errors.ts';
import { concatBytes, requireLength } from '../../bytes.ts';
import { ipv6AddressLength } from '../../ipv6-address.ts';

export const dnsServersCode = 23;

export interface DnsServersOption {
  readonly kind: 'dns-servers';
  /** 16 bytes each. */
  readonly servers: readonly Uint8Array[];
}

export function encodeDnsServers(option: DnsServersOption): Uint8Array {
  return concatBytes(
    option.servers.map((server) => requireLength(server, ipv6AddressLength, 'DNS server')),
  );
}

export function decodeDnsServers(data: Uint8Array): DnsServersOption {
  if (data.length % ipv6AddressLength !== 0) {
    throw new ParseError('DHCPv6 DNS Servers option', data.length, 'cut short');
  }
  const servers: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += ipv6AddressLength) {
    servers.push(data.subarray(at, at + ipv6AddressLength));
  }
  return { kind: 'dns-servers', servers };
}
